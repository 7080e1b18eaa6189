// SPDX-License-Identifier: Apache-2.0
//
// `| regexp "…"`: the named groups of the leftmost match become labels.
#include "byte_scan.h"
#include "literal_search.h"
#include "parsed_label.h"
#include "parser_stage.h"
#include "regex_plan.h"
#include "regex_text.h"
#include "regex_tree.h"

#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

/// Places where the first characters of a match are tried, before RE2 looks for itself: that it
/// never does twice the work of a place, a line of such characters must not be tried at each.
constexpr int kTriesMax = 8;

/// Appends the characters that every match of `node` begins with; false if more may follow that are
/// not known.
bool append_start(const RegexNode& node, std::string& out) {
    switch (node.kind) {
        case RegexNode::Kind::kEmpty: return true;
        case RegexNode::Kind::kCharacter:
            if (node.set.beyond || node.set.ascii.count() != 1) return false;
            for (std::size_t c = 0; c < 128; ++c) {
                if (node.set.ascii[c]) out.push_back(static_cast<char>(c));
            }
            return true;
        case RegexNode::Kind::kConcat:
            return std::all_of(node.children.begin(), node.children.end(),
                               [&](const RegexNode& child) { return append_start(child, out); });
        case RegexNode::Kind::kRepeat:
            if (node.min > 0) append_start(node.children.front(), out);
            return false;
        default: return false;
    }
}

std::string start_of(std::string_view pattern) {
    std::string out;
    if (const std::optional<RegexNode> tree = parse_regex(pattern)) append_start(*tree, out);
    return out;
}

class RegexpRowStage final : public ParserStage {
public:
    RegexpRowStage(std::shared_ptr<const re2::RE2> regex, std::string_view pattern,
                   const WantedLabels& wanted)
        : regex_(std::move(regex)), start_(start_of(pattern)) {
        for (const auto& [group, name] : regex_->CapturingGroupNames()) {
            ParsedName made = make_parsed_name(name, wanted);
            if (!made.wanted()) continue;
            groups_.push_back({group, std::move(made)});
            spans_ = std::max(spans_, group + 1);
        }
        RegexPlan plan = plan_regex(pattern);
        for (Needle& needle : plan.needles) {
            more_beyond_ascii_ |= needle.more_beyond_ascii;
            needles_.emplace_back(std::move(needle));
        }
    }

    void run(StageRow& row) const override {
        if (groups_.empty()) return;
        std::string_view line = row.line();
        const bool ascii = is_all_ascii(line);
        // Go reads a byte that is no UTF-8 as U+FFFD, RE2 as nothing.
        if (!ascii && !is_valid_utf8(line)) line = row.keep(to_valid_utf8(line));
        if (!may_match(line, ascii)) return;
        std::vector<re2::StringPiece>& spans = scratch();
        spans.resize(static_cast<std::size_t>(spans_));
        if (!match(line, spans.data())) return;
        for (const Group& group : groups_) {
            const std::string_view name = group.name.in(row);
            if (name.empty() || row.is_parsed(name)) continue;
            const re2::StringPiece& span = spans[static_cast<std::size_t>(group.number)];
            row.set_parsed(name, span.data() == nullptr
                                     ? std::string_view()
                                     : std::string_view(span.data(), span.size()));
        }
    }

private:
    struct Group {
        int number;
        ParsedName name;
    };

    static std::vector<re2::StringPiece>& scratch() {
        thread_local std::vector<re2::StringPiece> spans;
        return spans;
    }

    bool may_match(std::string_view line, bool ascii) const {
        // With start_ the search itself is as quick.
        if (!start_.empty() || needles_.empty() || (more_beyond_ascii_ && !ascii)) return true;
        return std::any_of(needles_.begin(), needles_.end(), [&](const LiteralSearcher& needle) {
            return needle.find(line, 0) != std::string_view::npos;
        });
    }

    /// The leftmost match is the first place where the characters that it begins with are and an
    /// anchored match succeeds: RE2 is spared looking for it, and gives the groups in one pass.
    bool match(std::string_view line, re2::StringPiece* spans) const {
        std::size_t at = 0;
        if (!start_.empty()) {
            for (int i = 0; i < kTriesMax; ++i) {
                at = find_start(line, at);
                if (at == std::string_view::npos) return false;
                if (ask(line, at, re2::RE2::ANCHOR_START, spans)) return true;
                ++at;
            }
        }
        return ask(line, at, re2::RE2::UNANCHORED, spans);
    }

    std::size_t find_start(std::string_view line, std::size_t from) const {
        if (from >= line.size()) return std::string_view::npos;
        const std::size_t found = find_short(line.substr(from), start_);
        return found == std::string_view::npos ? found : found + from;
    }

    bool ask(std::string_view line, std::size_t at, re2::RE2::Anchor anchor,
             re2::StringPiece* spans) const {
        return regex_->Match(re2::StringPiece(line.data(), line.size()), at, line.size(), anchor,
                             spans, spans_);
    }

    std::shared_ptr<const re2::RE2> regex_;
    std::string start_;  ///< What every match begins with, as far as it is known.
    std::vector<LiteralSearcher> needles_;
    bool more_beyond_ascii_ = false;
    std::vector<Group> groups_;
    int spans_ = 0;
};

}  // namespace

Result<RowStagePtr> compile_stage(const RegexpStage& stage, const WantedLabels& wanted) {
    SKALD_CHECK(check_capturing_regex(stage.pattern));
    SKALD_TRY(auto regex, compile_regex(stage.pattern));
    return RowStagePtr(std::make_shared<RegexpRowStage>(std::move(regex), stage.pattern, wanted));
}

}  // namespace skald::read
