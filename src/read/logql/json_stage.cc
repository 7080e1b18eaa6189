// SPDX-License-Identifier: Apache-2.0
//
// `| json`: every scalar of the line's object becomes a label, members of nested objects under
// joined names.
#include "json_extraction.h"
#include "json_text.h"
#include "parsed_label.h"
#include "parser_stage.h"

#include <string>
#include <utility>

namespace skald::read {

namespace {

/// Objects in deeper ones are left out: a block of nested brackets costs its length at each level.
constexpr int kDepthMax = 64;

enum class Walk { kOn, kEnough, kError };

/// One line's walk over its object.
class JsonWalk {
public:
    JsonWalk(const WantedKeys& wanted, StageRow& row) : sink_(wanted, row) {}

    void run() {
        JsonMembers members(sink_.row().line());
        if (walk(members, 0) == Walk::kError) {
            sink_.row().set_error(std::string(kJsonError), std::string(error_));
        }
    }

private:
    Walk walk(JsonMembers& members, int depth) {
        for (;;) {
            switch (members.next()) {
                case JsonMembers::Step::kEnd: return Walk::kOn;
                case JsonMembers::Step::kError: return fail(members.error());
                case JsonMembers::Step::kMember: break;
            }
            if (const Walk walk = member(members, depth); walk != Walk::kOn) return walk;
        }
    }

    Walk member(const JsonMembers& members, int depth) {
        const JsonType type = members.value().type;
        if (type == JsonType::kNull || type == JsonType::kArray) {
            return members.key_escaped() && !unescape_json(members.key()) ? fail(kBadJsonEscape)
                                                                          : Walk::kOn;
        }
        if (!members.key_escaped()) return member(members.key(), members.value(), depth);
        const std::optional<std::string> key = unescape_json(members.key());
        if (!key) return fail(kBadJsonEscape);
        // The name may be a view of the key.
        return member(sink_.row().keep(*key), members.value(), depth);
    }

    Walk member(std::string_view key, const JsonValue& value, int depth) {
        if (value.type == JsonType::kObject) return nested(key, value, depth);
        const std::string_view name = depth == 0 ? sink_.name_of(key) : nested_name(key);
        if (name.empty() || sink_.set(name, text_of(value))) return Walk::kOn;
        return Walk::kEnough;
    }

    Walk nested(std::string_view key, const JsonValue& value, int depth) {
        const std::size_t size = prefix_.size();
        append_part(key);
        Walk walked = Walk::kOn;
        if (depth + 1 < kDepthMax && sink_.wanted().any_starts_with(prefix_)) {
            JsonMembers members(value.text);
            walked = walk(members, depth + 1);
        }
        prefix_.resize(size);
        return walked;
    }

    std::string_view nested_name(std::string_view key) {
        const std::size_t size = prefix_.size();
        append_part(key);
        const std::string_view name = sink_.name_of_made(prefix_);
        prefix_.resize(size);
        return name;
    }

    /// A blank key adds nothing.
    void append_part(std::string_view key) {
        const std::size_t size = prefix_.size();
        if (size > 0) prefix_.push_back('_');
        append_label_name(prefix_, key);
        if (prefix_.size() == size + 1 && size > 0) prefix_.pop_back();
    }

    std::string_view text_of(const JsonValue& value) {
        if (value.type != JsonType::kString) return value.text;
        return json_string_value(value.text, value.escaped, sink_.row());
    }

    Walk fail(std::string_view error) {
        error_ = error;
        return Walk::kError;
    }

    LabelSink sink_;
    std::string prefix_;
    std::string_view error_;
};

class JsonFieldsStage final : public ParserStage {
public:
    explicit JsonFieldsStage(const WantedLabels& wanted) : wanted_(wanted) {}

    void run(StageRow& row) const override {
        if (!wanted_.none()) JsonWalk(wanted_, row).run();
    }

private:
    WantedKeys wanted_;
};

}  // namespace

Result<RowStagePtr> compile_stage(const JsonStage& stage, const WantedLabels& wanted) {
    if (!stage.extractions.empty()) return compile_json_extractions(stage, wanted);
    return RowStagePtr(std::make_shared<JsonFieldsStage>(wanted));
}

}  // namespace skald::read
