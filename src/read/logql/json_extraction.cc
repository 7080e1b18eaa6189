// SPDX-License-Identifier: Apache-2.0
//
// `| json` with expressions searches the line's text for the keys of its paths and leaves it once
// all are found, so damage that no path leads through goes unnoticed.
#include "json_extraction.h"

#include "json_path.h"
#include "json_text.h"
#include "parsed_label.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

struct Extract {
    ParsedName name;
    JsonPath path;
};

/// Sets of paths are bits of a number, so more than these are searched for in turns.
constexpr std::size_t kPathsMax = 64;
using PathSet = std::uint64_t;

bool key_is(std::string_view key, bool escaped, const std::string& wanted) {
    return escaped ? unescape_json(key) == wanted : key == wanted;
}

/// The value of `path` from its step `from` on, inside `value`.
std::optional<JsonValue> look_up(const JsonValue& value, const JsonPath& path, std::size_t from) {
    if (from == path.size()) return value;
    const JsonStep& step = path[from];
    if (step.element && value.type == JsonType::kArray) {
        JsonElements elements(value.text.data(), value.end);
        for (std::size_t index = 0; elements.next(); ++index) {
            if (index == step.index) return look_up(elements.value(), path, from + 1);
        }
    } else if (!step.element && value.type == JsonType::kObject) {
        JsonMembers members(value.text);
        while (members.next() == JsonMembers::Step::kMember) {
            if (!key_is(members.key(), members.key_escaped(), step.key)) continue;
            if (auto found = look_up(members.value(), path, from + 1)) return found;
        }
    }
    return std::nullopt;
}

/// One line's search for up to kPathsMax paths.
class PathSearch {
public:
    PathSearch(const PathSearch&) = delete;
    PathSearch(std::span<const Extract> extracts, std::size_t steps_max, StageRow& row)
        : extracts_(extracts), row_(row), at_(row.line().data()), end_(at_ + row.line().size()) {
        if (steps_max >= few_.size()) many_.resize(steps_max + 1, 0);
        alive_ = steps_max < few_.size() ? std::span<PathSet>(few_).first(steps_max + 1) : many_;
        all_ = extracts.size() == kPathsMax ? ~PathSet{0} : (PathSet{1} << extracts.size()) - 1;
        alive_[0] = all_;
    }

    /// Paths whose label was set.
    PathSet run() {
        while (at_ < end_ && found_ != all_) {
            bool going = true;
            switch (*at_) {
                case '"': going = string(); break;
                case '{': going = object(); break;
                case '[': going = array(); break;
                case '}':
                case ']': --level_; [[fallthrough]];
                default: ++at_;
            }
            if (!going) break;
        }
        return set_;
    }

private:
    PathSet alive() const {
        const auto level = static_cast<std::size_t>(level_);
        return level_ >= 0 && level < alive_.size() ? alive_[level] : 0;
    }

    /// A string that a colon follows is a key.
    bool string() {
        const char* begin = ++at_;
        bool escaped = false;
        const char* close = json_string_end(begin, end_, escaped);
        if (close == nullptr) return false;
        at_ = skip_json_space(close + 1, end_);
        if (at_ >= end_) return false;
        if (*at_ != ':') return true;
        ++at_;
        if (level_ < 1) {
            row_.set_error(std::string(kJsonError), std::string(kMalformedJson));
            return false;
        }
        if (static_cast<std::size_t>(level_) < alive_.size()) {
            key({begin, static_cast<std::size_t>(close - begin)}, escaped);
        }
        return true;
    }

    void key(std::string_view text, bool escaped) {
        const auto level = static_cast<std::size_t>(level_);
        const PathSet before = alive_[level - 1];
        PathSet matching = 0;
        for (std::size_t i = 0; i < extracts_.size(); ++i) {
            const JsonPath& path = extracts_[i].path;
            if ((before >> i & 1) == 0 || path.size() < level) continue;
            const JsonStep& step = path[level - 1];
            if (step.element || !key_is(text, escaped, step.key)) continue;
            matching |= PathSet{1} << i;
            if (path.size() == level && (found_ >> i & 1) == 0) take(i);
        }
        alive_[level] = matching;
    }

    void take(std::size_t i) {
        found_ |= PathSet{1} << i;
        JsonValue value;
        const std::string_view error = read_json_value(at_, end_, value);
        if (error.empty()) return set(i, value);
        row_.set_error(std::string(kJsonError), std::string(error));
    }

    void set(std::size_t i, const JsonValue& value) {
        set_ |= PathSet{1} << i;
        const std::string_view name = extracts_[i].name.in(row_);
        if (name.empty()) return;
        switch (value.type) {
            case JsonType::kNull: row_.set_parsed(name, {}); break;
            case JsonType::kObject: row_.set_parsed(name, value.text); break;
            default:
                const bool escaped = value.text.find('\\') != std::string_view::npos;
                row_.set_parsed(name, json_string_value(value.text, escaped, row_));
        }
    }

    /// Goes into it if a path does.
    bool object() {
        if (alive() != 0) {
            ++level_;
            ++at_;
            return true;
        }
        return skip_block();
    }

    bool skip_block() {
        at_ = json_block_end(at_, end_);
        return at_ != nullptr;
    }

    bool array() {
        if (level_ < 0) {
            row_.set_error(std::string(kJsonError), std::string(kMalformedJson));
            return false;
        }
        PathSet asking = 0;
        const auto level = static_cast<std::size_t>(level_);
        for (std::size_t i = 0; i < extracts_.size(); ++i) {
            const JsonPath& path = extracts_[i].path;
            if ((alive() & ~found_) >> i & 1 && path.size() > level && path[level].element) {
                asking |= PathSet{1} << i;
            }
        }
        if (asking == 0) return skip_block();
        elements(asking, level);
        return true;
    }

    void elements(PathSet asking, std::size_t level) {
        JsonElements elements(at_, end_);
        for (std::size_t index = 0; elements.next(); ++index) {
            for (std::size_t i = 0; i < extracts_.size(); ++i) {
                const JsonPath& path = extracts_[i].path;
                if ((asking >> i & 1) == 0 || path[level].index != index) continue;
                found_ |= PathSet{1} << i;
                if (const auto value = look_up(elements.value(), path, level + 1)) set(i, *value);
            }
        }
        at_ = elements.at();
        if (at_ < end_ && *at_ == ']') ++at_;
    }

    std::span<const Extract> extracts_;
    StageRow& row_;
    const char* at_;
    const char* end_;
    int level_ = 0;
    /// For each level, the paths that lead to where we are: in one of the two below.
    std::span<PathSet> alive_;
    std::array<PathSet, 8> few_{};
    std::vector<PathSet> many_;
    PathSet all_ = 0;
    PathSet found_ = 0;
    PathSet set_ = 0;
};

class JsonExtractionStage final : public ParserStage {
public:
    explicit JsonExtractionStage(std::vector<Extract> extracts) : extracts_(std::move(extracts)) {
        for (const Extract& one : extracts_) steps_max_ = std::max(steps_max_, one.path.size());
    }

    void run(StageRow& row) const override {
        const std::string_view line = row.line();
        if (line.empty() || extracts_.empty()) return;
        if (line[0] != '{' && line[0] != '[' && line[0] != '"') {
            row.set_error(std::string(kJsonError), {});
            return;
        }
        for (std::size_t begin = 0; begin < extracts_.size(); begin += kPathsMax) {
            const std::size_t count = std::min(kPathsMax, extracts_.size() - begin);
            run({extracts_.data() + begin, count}, row);
        }
    }

private:
    void run(std::span<const Extract> extracts, StageRow& row) const {
        const PathSet set = PathSearch(extracts, steps_max_, row).run();
        for (std::size_t i = 0; i < extracts.size(); ++i) {
            const ParsedName& name = extracts[i].name;
            if ((set >> i & 1) == 0 && name.plain_wanted && !row.find(name.name)) {
                row.set_parsed(name.name, {});
            }
        }
    }

    std::vector<Extract> extracts_;
    std::size_t steps_max_ = 0;
};

}  // namespace

Result<RowStagePtr> compile_json_extractions(const JsonStage& stage, const WantedLabels& wanted) {
    std::vector<Extract> extracts;
    const bool errors_wanted = wanted.contains("__error__");
    for (const Extraction& extraction : stage.extractions) {
        auto path = parse_json_path(extraction.expression);
        if (!path) return bad_expression(extraction, path.error());
        ParsedName name = make_parsed_name(extraction.name, wanted);
        // What nobody reads is looked at only for the errors in it.
        if (name.wanted() || errors_wanted) extracts.push_back({std::move(name), *std::move(path)});
    }
    SKALD_CHECK(check_extraction_names(stage.extractions));
    return RowStagePtr(std::make_shared<JsonExtractionStage>(std::move(extracts)));
}

}  // namespace skald::read
