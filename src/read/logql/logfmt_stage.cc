// SPDX-License-Identifier: Apache-2.0
//
// `| logfmt`: the pairs of the line become labels, or with expressions the listed ones.
#include "logfmt_text.h"
#include "parsed_label.h"
#include "parser_stage.h"

#include <algorithm>
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
    LogfmtExtractionStage(const LogfmtStage& stage, const WantedLabels& wanted)
        : strict_(stage.strict) {
        WantedLabels keys{false, {}};
        for (const Extraction& extraction : stage.extractions) {
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
    SKALD_CHECK(check_extraction_names(stage.extractions));
    return RowStagePtr(std::make_shared<LogfmtExtractionStage>(stage, wanted));
}

}  // namespace skald::read
