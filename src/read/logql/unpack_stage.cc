// SPDX-License-Identifier: Apache-2.0
//
// `| unpack`: undoes what packing agents did: `_entry` is the line again, the other texts of the
// object are labels.
#include "json_text.h"
#include "parsed_label.h"
#include "parser_stage.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

class UnpackRowStage final : public RowStage {
public:
    explicit UnpackRowStage(const WantedLabels& wanted) : wanted_(wanted) {}

    void run(StageRow& row) const override {
        if (row.line().empty()) return;
        if (row.line()[0] != '{') {
            row.set_error(std::string(kJsonError), "expecting json object(6), but it is not");
            return;
        }
        std::optional<std::string_view> entry;
        std::vector<Label> labels;
        LabelSink sink(wanted_, row);
        JsonMembers members(row.line());
        for (;;) {
            const JsonMembers::Step step = members.next();
            if (step == JsonMembers::Step::kEnd) break;
            if (step == JsonMembers::Step::kError || !take(members, sink, entry, labels)) {
                const std::string_view error =
                    step == JsonMembers::Step::kError ? members.error() : kBadJsonEscape;
                return row.set_error(std::string(kJsonError), std::string(error));
            }
        }
        if (!entry) return;
        // Of repeated members the last one stays.
        for (const Label& label : labels) row.set_parsed(label.name, label.value);
        row.set_line(*entry);
    }

    const WantedLabels& reads() const override { return reads_; }
    bool changes_line() const override { return true; }

private:
    struct Label {
        std::string_view name;
        std::string_view value;
    };
    static constexpr std::size_t kLabelsMax = 4096;

    /// False if the key's escapes are wrong.
    static bool take(const JsonMembers& members, LabelSink& sink,
                     std::optional<std::string_view>& entry, std::vector<Label>& labels) {
        std::string_view key = members.key();
        if (members.key_escaped()) {
            std::optional<std::string> plain = unescape_json(key);
            if (!plain) return false;
            key = sink.row().keep(*std::move(plain));
        }
        const JsonValue& value = members.value();
        if (value.type != JsonType::kString) return true;
        if (key == "_entry") {
            entry = json_string_value(value.text, value.escaped, sink.row());
            return true;
        }
        const std::string_view name = sink.name_of(key);
        if (!name.empty() && labels.size() < kLabelsMax) {
            labels.push_back({name, json_string_value(value.text, value.escaped, sink.row())});
        }
        return true;
    }

    WantedKeys wanted_;
    const WantedLabels reads_{false, {}};
};

}  // namespace

Result<RowStagePtr> compile_stage(const UnpackStage&, const WantedLabels& wanted) {
    return RowStagePtr(std::make_shared<UnpackRowStage>(wanted));
}

}  // namespace skald::read
