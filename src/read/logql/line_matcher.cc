// SPDX-License-Identifier: Apache-2.0
#include "line_matcher.h"

#include "capture_pattern.h"
#include "ip_filter.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

void LineMatcher::scan(const RowRange& range, const RowSet& wanted, RowSet& found) const {
    wanted.for_each([&](std::uint32_t row) {
        if (!found.has(row) && matches(range.lines.line(row))) found.add(row);
    });
}

namespace {

class AnyLine final : public LineMatcher {
public:
    bool matches_all() const override { return true; }
    bool matches(std::string_view) const override { return true; }
    int cost() const override { return 0; }
};

class LiteralMatcher final : public LineMatcher {
public:
    explicit LiteralMatcher(std::string_view text) : searcher_(Needle::exact(text)) {}

    bool matches(std::string_view line) const override {
        return searcher_.find(line, 0) != std::string_view::npos;
    }
    void scan(const RowRange& range, const RowSet&, RowSet& found) const override {
        find_rows(searcher_, range, found);
    }
    std::vector<storage::FilterProbe> probes() const override {
        return {storage::FilterProbe::of_text(searcher_.needle().bytes)};
    }
    int cost() const override { return 1; }

private:
    LiteralSearcher searcher_;
};

/// `|> "a <_> b"`: the literals in order, each but a leading one behind at least one byte, and text
/// behind the last one exactly if the pattern ends in a capture (spec: logql 3.1).
class PatternMatcher final : public LineMatcher {
public:
    explicit PatternMatcher(std::string_view pattern) {
        const std::vector<PatternPiece> pieces = split_pattern(pattern);
        starts_with_capture_ = !pieces.empty() && pieces.front().capture;
        ends_with_capture_ = !pieces.empty() && pieces.back().capture;
        std::size_t longest = 0;
        for (const PatternPiece& piece : pieces) {
            if (piece.capture) continue;
            literals_.emplace_back(Needle::exact(piece.text));
            if (literals_.back().size() > literals_[longest].size()) longest = literals_.size() - 1;
        }
        if (!literals_.empty()) probe_.emplace(literals_[longest]);
    }

    bool matches(std::string_view line) const override {
        std::size_t position = 0;
        for (std::size_t i = 0; i < literals_.size(); ++i) {
            const std::size_t hit = literals_[i].find(line, position);
            if (hit == std::string_view::npos) return false;
            if (hit == position && (i > 0 || starts_with_capture_)) return false;
            position = hit + literals_[i].size();
        }
        return (position < line.size()) == ends_with_capture_;
    }
    void scan(const RowRange& range, const RowSet& wanted, RowSet& found) const override {
        if (!probe_) return LineMatcher::scan(range, wanted, found);
        RowSet candidates;
        candidates.reset(range, false);
        find_rows(*probe_, range, candidates);
        candidates.keep(wanted);
        LineMatcher::scan(range, candidates, found);
    }
    std::vector<storage::FilterProbe> probes() const override {
        std::vector<std::string_view> pieces;
        for (const LiteralSearcher& literal : literals_) pieces.push_back(literal.needle().bytes);
        return {storage::FilterProbe::of_pieces(pieces)};
    }
    int cost() const override { return probe_ ? 2 : 3; }

private:
    bool starts_with_capture_ = false;
    bool ends_with_capture_ = false;
    std::vector<LiteralSearcher> literals_;
    std::optional<LiteralSearcher> probe_;  ///< The longest literal.
};

class IpMatcher final : public LineMatcher {
public:
    explicit IpMatcher(IpFilter filter) : filter_(std::move(filter)) {}

    bool matches(std::string_view line) const override { return filter_.found_in(line); }
    int cost() const override { return 5; }

private:
    IpFilter filter_;
};

}  // namespace

std::unique_ptr<const LineMatcher> make_literal_matcher(std::string_view text) {
    if (text.empty()) return std::make_unique<AnyLine>();
    return std::make_unique<LiteralMatcher>(text);
}

Result<std::unique_ptr<const LineMatcher>> make_pattern_matcher(std::string_view pattern) {
    SKALD_CHECK(check_filter_pattern(pattern));
    return std::unique_ptr<const LineMatcher>(std::make_unique<PatternMatcher>(pattern));
}

Result<std::unique_ptr<const LineMatcher>> make_ip_matcher(std::string_view pattern) {
    SKALD_TRY(IpFilter filter, IpFilter::create(pattern));
    return std::unique_ptr<const LineMatcher>(std::make_unique<IpMatcher>(std::move(filter)));
}

}  // namespace skald::read
