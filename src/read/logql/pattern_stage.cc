// SPDX-License-Identifier: Apache-2.0
//
// `| pattern "<a> - <_>"`: what lies between the literals becomes labels.
#include "byte_scan.h"
#include "capture_pattern.h"
#include "parsed_label.h"
#include "parser_stage.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

class PatternRowStage final : public ParserStage {
public:
    PatternRowStage(const std::vector<PatternPiece>& pieces, const WantedLabels& wanted) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (!pieces[i].capture) {
                if (i == 0) prefix_ = pieces[i].text;
                continue;
            }
            Capture capture;
            if (i + 1 < pieces.size()) capture.until = pieces[i + 1].text;
            if (pieces[i].text != "_") {
                ParsedName name = make_parsed_name(pieces[i].text, wanted);
                if (name.wanted()) capture.name = std::move(name);
            }
            captures_.push_back(std::move(capture));
        }
        // Nobody reads what comes behind the last one.
        while (!captures_.empty() && !captures_.back().name) captures_.pop_back();
    }

    void run(StageRow& row) const override {
        std::string_view rest = row.line();
        if (rest.empty() || captures_.empty() || !rest.starts_with(prefix_)) return;
        rest.remove_prefix(prefix_.size());
        for (const Capture& capture : captures_) {
            const std::size_t end = find_short(rest, capture.until);
            if (end == std::string_view::npos) return set(capture, rest, row);
            set(capture, rest.substr(0, end), row);
            rest.remove_prefix(end + capture.until.size());
        }
    }

private:
    struct Capture {
        std::optional<ParsedName> name;
        std::string until;  ///< The literal behind it; empty at the end of the pattern.
    };

    static void set(const Capture& capture, std::string_view value, StageRow& row) {
        if (!capture.name) return;
        const std::string_view name = capture.name->in(row);
        if (!name.empty() && !row.is_parsed(name)) row.set_parsed(name, value);
    }

    std::string prefix_;
    std::vector<Capture> captures_;
};

}  // namespace

Result<RowStagePtr> compile_stage(const PatternStage& stage, const WantedLabels& wanted) {
    SKALD_CHECK(check_parser_pattern(stage.pattern));
    return RowStagePtr(std::make_shared<PatternRowStage>(split_pattern(stage.pattern), wanted));
}

}  // namespace skald::read
