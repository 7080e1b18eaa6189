// SPDX-License-Identifier: Apache-2.0
//
// `| logfmt`: the pairs of the line become labels, or with expressions the listed ones.
#include "logfmt_text.h"
#include "parsed_label.h"
#include "parser_stage.h"

#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

void set_error(StageRow& row, std::string details) {
    row.set_error(std::string(kLogfmtError), std::move(details));
}

/// The value of a pair; nothing if its quotes hold what they can't. The position of that error is
/// where the pair ends.
std::optional<std::string_view> value_of(const LogfmtPairs& pairs, StageRow& row) {
    if (!pairs.escaped()) return without_replacements(pairs.value(), row);
    std::string plain;
    if (!unquote_logfmt(pairs.value(), plain)) return std::nullopt;
    return without_replacements(row.keep(std::move(plain)), row);
}

std::string invalid_quotes(const LogfmtPairs& pairs, const StageRow& row) {
    const auto end = pairs.value().data() + pairs.value().size() + 1;
    return "logfmt syntax error at pos " + std::to_string(end - row.line().data() + 1) +
           " : invalid quoted value";
}

/// Calls `take` with each pair of the line until it says that no more are needed. With `strict` the
/// first mistake ends it and becomes the row's error.
template <class Take>
void for_each_pair(StageRow& row, bool strict, Take&& take) {
    LogfmtPairs pairs(row.line());
    for (;;) {
        const LogfmtPairs::Step step = pairs.next();
        if (step == LogfmtPairs::Step::kEnd) return;
        if (step == LogfmtPairs::Step::kError) {
            if (!strict) continue;
            return set_error(row, pairs.error());
        }
        if (!take(pairs)) return;
    }
}

/// An expression is the name of a key, or texts in quotes; several of them name none.
Result<std::string> key_of_expression(std::string_view text) {
    const auto error = [](std::string_view what) {
        return Error{ErrorCode::kInvalidArgument, std::string(what)};
    };
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
    const auto is_name = [](char c) {
        return (std::isalnum(static_cast<unsigned char>(c)) != 0) || c == '_';
    };
    std::vector<std::string_view> keys;
    for (std::size_t at = 0; at < text.size();) {
        if (is_space(text[at])) {
            ++at;
        } else if (text[at] == '"') {
            const std::size_t begin = ++at;
            at = std::min(text.find_first_of("\"]", begin), text.size());
            keys.push_back(text.substr(begin, at - begin));
            ++at;
        } else if (is_name(text[at]) && std::isdigit(static_cast<unsigned char>(text[at])) == 0) {
            if (!keys.empty()) return error("syntax error: unexpected FIELD");
            const std::size_t begin = at;
            while (at < text.size() && is_name(text[at])) ++at;
            keys.push_back(text.substr(begin, at - begin));
        } else {
            if (keys.empty()) break;
            const std::size_t length = std::max<std::size_t>(utf8_length(text, at), 1);
            return error("unexpected char " + std::string(text.substr(at, length)));
        }
    }
    if (keys.empty()) return error("syntax error: unexpected $end, expecting STRING or FIELD");
    return keys.size() == 1 ? std::string(keys.front()) : std::string();
}

class LogfmtPairsStage final : public ParserStage {
public:
    LogfmtPairsStage(bool strict, bool keep_empty, const WantedLabels& wanted)
        : strict_(strict), keep_empty_(keep_empty), wanted_(wanted) {}

    void run(StageRow& row) const override {
        if (wanted_.none()) return;
        LabelSink sink(wanted_, row);
        for_each_pair(row, strict_, [&](const LogfmtPairs& pairs) { return take(pairs, sink); });
    }

private:
    /// False if the line need not be read any further.
    bool take(const LogfmtPairs& pairs, LabelSink& sink) const {
        if (pairs.value().empty() && !keep_empty_) return true;
        const std::string_view name = sink.name_of(pairs.key());
        if (name.empty() && !(strict_ && pairs.escaped())) return true;
        const std::optional<std::string_view> value = value_of(pairs, sink.row());
        if (!value) {
            if (!strict_) return true;
            set_error(sink.row(), invalid_quotes(pairs, sink.row()));
            return false;
        }
        if (name.empty() || (value->empty() && !keep_empty_)) return true;
        return sink.set(name, *value);
    }

    bool strict_;
    bool keep_empty_;
    WantedKeys wanted_;
};

/// The last pair counts, and a key that no expression names but that is a label's name fills that
/// label.
class LogfmtExtractionStage final : public ParserStage {
public:
    /// `extractions`: names of labels and of keys.
    LogfmtExtractionStage(bool strict, const std::vector<Extraction>& extractions,
                          const WantedLabels& wanted)
        : strict_(strict) {
        WantedLabels keys{false, {}};
        for (const Extraction& extraction : extractions) {
            Extract one{make_parsed_name(extraction.name, wanted), extraction.expression};
            wanted_ |= one.name.wanted();
            // The others too: their keys must not fill a label of that name.
            keys.names.push_back(extraction.expression);
            keys.names.push_back(extraction.name);
            extracts_.push_back(std::move(one));
        }
        std::sort(keys.names.begin(), keys.names.end());
        keys.names.erase(std::unique(keys.names.begin(), keys.names.end()), keys.names.end());
        keys_ = WantedKeys(keys);
        errors_wanted_ = strict_ && (wanted.all || !wanted.names.empty());
    }

    void run(StageRow& row) const override {
        if (!wanted_ && !errors_wanted_) return;
        for (const Extract& one : extracts_) {
            if (one.name.plain_wanted && !row.is_base(one.name.name)) {
                row.set_parsed(one.name.name, {});
            }
        }
        for_each_pair(row, strict_, [&](const LogfmtPairs& pairs) { return take(pairs, row); });
    }

private:
    struct Extract {
        ParsedName name;
        std::string key;
    };

    /// False after an error that ends the line.
    bool take(const LogfmtPairs& pairs, StageRow& row) const {
        const ParsedName* key = keys_.find_key(pairs.key());
        if (key == nullptr && !(strict_ && pairs.escaped())) return true;
        const std::optional<std::string_view> value = value_of(pairs, row);
        if (!value) {
            if (strict_) set_error(row, invalid_quotes(pairs, row));
            return !strict_;
        }
        if (key != nullptr) fill(key->name, *value, row);
        return true;
    }

    void fill(std::string_view key, std::string_view value, StageRow& row) const {
        bool named = false;
        for (const Extract& one : extracts_) {
            if (one.key != key) continue;
            named = true;
            set(one, value, row);
        }
        if (named) return;
        for (const Extract& one : extracts_) {
            if (one.name.name == key) set(one, value, row);
        }
    }

    static void set(const Extract& one, std::string_view value, StageRow& row) {
        if (const std::string_view name = one.name.in(row); !name.empty()) {
            row.set_parsed(name, value);
        }
    }

    bool strict_;
    bool wanted_ = false;
    bool errors_wanted_ = false;
    std::vector<Extract> extracts_;
    WantedKeys keys_{WantedLabels{false, {}}};
};

}  // namespace

Result<RowStagePtr> compile_stage(const LogfmtStage& stage, const WantedLabels& wanted) {
    if (stage.extractions.empty()) {
        return RowStagePtr(
            std::make_shared<LogfmtPairsStage>(stage.strict, stage.keep_empty, wanted));
    }
    std::vector<Extraction> keys;
    for (const Extraction& extraction : stage.extractions) {
        Result<std::string> key = key_of_expression(extraction.expression);
        if (!key) return bad_expression(extraction, key.error());
        keys.push_back({extraction.name, *std::move(key)});
    }
    SKALD_CHECK(check_extraction_names(stage.extractions));
    return RowStagePtr(std::make_shared<LogfmtExtractionStage>(stage.strict, keys, wanted));
}

}  // namespace skald::read
