// SPDX-License-Identifier: Apache-2.0
//
// A regex over a block. RE2 on the single line is what counts; everything else here is a way to ask
// it less often: literals that every match contains, and Hyperscan once RE2 has worked enough to
// pay for compiling it.
#include "hyperscan_pattern.h"
#include "line_matcher.h"
#include "regex_plan.h"
#include "regex_text.h"

#include <skald/foundation/model/text.h>

#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

bool is_ascii(std::string_view text) {
    return traits_of(text).ascii;
}

/// What is in every line where the needle is, in whatever letters: parts that have no other
/// spelling than their ASCII bytes in either case.
storage::FilterProbe probe_of(const Needle& needle) {
    const std::string_view bytes = needle.bytes;
    const auto is_certain = [&](std::size_t at) {
        if (static_cast<unsigned char>(bytes[at]) >= 0x80) return false;
        const bool spelt_otherwise = bytes[at] == 'k' || bytes[at] == 's';
        return !needle.more_beyond_ascii || needle.folds[at] == '\0' || !spelt_otherwise;
    };
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t begin = at;
        while (at < bytes.size() && is_certain(at)) ++at;
        if (at > begin) pieces.push_back(bytes.substr(begin, at - begin));
        while (at < bytes.size() && !is_certain(at)) ++at;
    }
    return storage::FilterProbe::of_pieces(pieces);
}

class RegexMatcher final : public LineMatcher {
public:
    RegexMatcher(std::shared_ptr<const re2::RE2> regex, RegexPlan plan, std::size_t hyperscan_after)
        : regex_(std::move(regex)), plan_(std::move(plan)), hyperscan_after_(hyperscan_after) {
        for (const Needle& needle : plan_.needles) {
            searchers_.emplace_back(needle);
            more_beyond_ascii_ |= needle.more_beyond_ascii;
        }
    }

    bool matches_all() const override { return plan_.matches_all; }

    bool matches(std::string_view line) const override {
        if (plan_.matches_all) return true;
        if (!searchers_.empty()) {
            const bool hit = std::any_of(
                searchers_.begin(), searchers_.end(),
                [&](const auto& one) { return one.find(line, 0) != std::string_view::npos; });
            if (hit && plan_.needles_suffice) return true;
            if (!hit && (!more_beyond_ascii_ || is_ascii(line))) return false;
        }
        return ask_re2(line);
    }

    void scan(const RowRange& range, const RowSet& wanted, RowSet& found) const override {
        if (plan_.needles_suffice) return scan_needles(range, wanted, found);
        if (const HyperscanPattern* pattern = compiled(); pattern != nullptr) {
            if (scan_compiled(*pattern, range, wanted, found)) return;
        }
        if (searchers_.empty()) return LineMatcher::scan(range, wanted, found);
        RowSet candidates;
        candidates.reset(range, false);
        for (const LiteralSearcher& searcher : searchers_) find_rows(searcher, range, candidates);
        if (more_beyond_ascii_) add_lines_beyond_ascii(range, candidates);
        candidates.keep(wanted);
        confirm(range, candidates, found);
    }

    std::vector<storage::FilterProbe> probes() const override {
        std::vector<storage::FilterProbe> probes;
        for (const Needle& needle : plan_.needles) probes.push_back(probe_of(needle));
        return probes;
    }
    int cost() const override { return plan_.needles_suffice ? 2 : searchers_.empty() ? 6 : 4; }

private:
    bool ask_re2(std::string_view line) const {
        re2_bytes_.fetch_add(line.size() + kLineOverhead, std::memory_order_relaxed);
        const auto ask = [&](std::string_view text) {
            return regex_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                                 re2::RE2::UNANCHORED, nullptr, 0);
        };
        if (ask(line)) return true;
        // Go reads a byte that is no UTF-8 as U+FFFD, which `.` takes; RE2 lets nothing take it.
        return plan_.wide && !is_ascii(line) && !is_valid_utf8(line) && ask(to_valid_utf8(line));
    }

    void confirm(const RowRange& range, const RowSet& candidates, RowSet& found) const {
        candidates.for_each([&](std::uint32_t row) {
            if (!found.has(row) && ask_re2(range.lines.line(row))) found.add(row);
        });
    }

    void scan_needles(const RowRange& range, const RowSet& wanted, RowSet& found) const {
        for (const LiteralSearcher& searcher : searchers_) find_rows(searcher, range, found);
        if (!more_beyond_ascii_) return;
        RowSet others;
        others.reset(range, false);
        add_lines_beyond_ascii(range, others);
        others.keep(wanted);
        confirm(range, others, found);
    }

    static void add_lines_beyond_ascii(const RowRange& range, RowSet& rows) {
        if (is_ascii(range.text())) return;
        for (std::uint32_t row = range.begin; row < range.end; ++row) {
            if (!rows.has(row) && !is_ascii(range.lines.line(row))) rows.add(row);
        }
    }

    /// What Hyperscan says is final for ASCII lines. Where it may say too much or nothing, RE2 is
    /// asked.
    bool scan_compiled(const HyperscanPattern& pattern, const RowRange& range, const RowSet& wanted,
                       RowSet& found) const {
        const TextTraits traits = traits_of(range.text());
        if (traits.ascii && traits.newlines == range.size()) return pattern.scan(range, found);
        RowSet hits;
        hits.reset(range, false);
        if (!pattern.scan(range, hits)) return false;
        wanted.for_each([&](std::uint32_t row) {
            if (found.has(row)) return;
            const std::string_view line = range.lines.line(row);
            const TextTraits of_line = traits_of(line);
            const bool unsure = of_line.newlines > 0 || (!of_line.ascii && hits.has(row));
            if (unsure ? ask_re2(line) : hits.has(row)) found.add(row);
        });
        return true;
    }

    /// The compiled pattern once it pays. One thread compiles; the others go on with RE2.
    const HyperscanPattern* compiled() const {
        const HyperscanPattern* ready = compiled_.load(std::memory_order_acquire);
        if (ready != nullptr || plan_.scan_pattern.empty()) return ready;
        if (re2_bytes_.load(std::memory_order_relaxed) < hyperscan_after_) return nullptr;
        if (compiling_.exchange(true)) return nullptr;
        owned_ = HyperscanPattern::create(plan_.scan_pattern);
        compiled_.store(owned_.get(), std::memory_order_release);
        return owned_.get();
    }

    /// What a call of RE2 costs apart from its bytes, in bytes.
    static constexpr std::size_t kLineOverhead = 64;

    std::shared_ptr<const re2::RE2> regex_;
    RegexPlan plan_;
    std::size_t hyperscan_after_;
    std::vector<LiteralSearcher> searchers_;
    bool more_beyond_ascii_ = false;
    mutable std::atomic<std::size_t> re2_bytes_{0};
    mutable std::atomic<bool> compiling_{false};
    mutable std::unique_ptr<const HyperscanPattern> owned_;  ///< Written by the one who compiles.
    mutable std::atomic<const HyperscanPattern*> compiled_{nullptr};
};

/// `.+`: common, and nothing to search for.
class AnyCharacterMatcher final : public LineMatcher {
public:
    bool matches(std::string_view line) const override {
        return line.find_first_not_of('\n') != std::string_view::npos;
    }
    int cost() const override { return 3; }
};

}  // namespace

Result<std::unique_ptr<const LineMatcher>> make_regex_matcher(std::string_view pattern,
                                                              std::size_t hyperscan_after) {
    SKALD_TRY(std::shared_ptr<const re2::RE2> regex, compile_regex(pattern));
    using Matcher = std::unique_ptr<const LineMatcher>;
    RegexPlan plan = plan_regex(pattern);
    if (plan.matches_any_character) return Matcher(std::make_unique<AnyCharacterMatcher>());
    return Matcher(
        std::make_unique<RegexMatcher>(std::move(regex), std::move(plan), hyperscan_after));
}

}  // namespace skald::read
