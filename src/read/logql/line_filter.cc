// SPDX-License-Identifier: Apache-2.0
#include "line_matcher.h"

#include <skald/foundation/model/text.h>
#include <skald/read/logql/line_filter.h>
#include <skald/read/logql/parser.h>

#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace skald::read {

namespace {

/// Below one row in this many, looking at the rows one by one beats searching the whole block.
constexpr std::uint32_t kFewRows = 8;

/// One line filter: the `or` of its alternatives, or the negation of it.
struct Condition {
    std::vector<std::unique_ptr<const LineMatcher>> alternatives;
    bool negative = false;
    std::vector<storage::FilterProbe> probes;  ///< Of a positive one.

    bool matches_all() const {
        return std::any_of(alternatives.begin(), alternatives.end(),
                           [](const auto& matcher) { return matcher->matches_all(); });
    }
    bool accepts(std::string_view line) const {
        const bool any = std::any_of(alternatives.begin(), alternatives.end(),
                                     [&](const auto& matcher) { return matcher->matches(line); });
        return any != negative;
    }
    int cost() const {
        int cost = negative ? 1 : 0;
        for (const auto& matcher : alternatives) cost += 2 * matcher->cost();
        return cost;
    }
};

class Program final : public LineFilterProgram {
public:
    explicit Program(std::vector<Condition> conditions) {
        for (Condition& condition : conditions) {
            if (!condition.matches_all()) {
                block_condition_.require_any(std::move(condition.probes));
                conditions_.push_back(std::move(condition));
            } else if (condition.negative) {
                matches_none_ = true;
            }
        }
        // A conjunction may be asked in any order: the cheap questions first.
        std::sort(conditions_.begin(), conditions_.end(),
                  [](const Condition& a, const Condition& b) { return a.cost() < b.cost(); });
    }

    bool passes_all() const override { return conditions_.empty() && !matches_none_; }

    const storage::FilterCondition& block_condition() const override { return block_condition_; }

    bool matches(std::string_view line) const override {
        return !matches_none_ &&
               std::all_of(conditions_.begin(), conditions_.end(),
                           [&](const Condition& condition) { return condition.accepts(line); });
    }

    void apply(const storage::LineColumn& lines, std::uint32_t begin, std::uint32_t end,
               std::vector<std::uint32_t>& rows) const override {
        if (begin >= end || matches_none_) return;
        const RowRange range{lines, begin, end};
        static thread_local RowSet selected;
        static thread_local RowSet found;
        selected.reset(range, true);
        std::uint32_t left = range.size();
        for (const Condition& condition : conditions_) {
            if (left == 0) return;
            if (left < range.size() / kFewRows) {
                narrow_row_by_row(condition, range, selected);
            } else {
                found.reset(range, false);
                for (const auto& matcher : condition.alternatives) {
                    matcher->scan(range, selected, found);
                }
                condition.negative ? selected.drop(found) : selected.keep(found);
            }
            left = selected.count();
        }
        rows.reserve(rows.size() + left);
        selected.for_each([&](std::uint32_t row) { rows.push_back(row); });
    }

private:
    static void narrow_row_by_row(const Condition& condition, const RowRange& range,
                                  RowSet& selected) {
        selected.for_each([&](std::uint32_t row) {
            if (!condition.accepts(range.lines.line(row))) selected.remove(row);
        });
    }

    std::vector<Condition> conditions_;
    storage::FilterCondition block_condition_;
    bool matches_none_ = false;
};

Result<std::unique_ptr<const LineMatcher>> make_matcher(
    LineFilterOp op, const LineFilter::Alternative& alternative) {
    const bool contains = op == LineFilterOp::kContains || op == LineFilterOp::kNotContains;
    if (alternative.is_ip && !contains) {
        return Error{ErrorCode::kInvalidArgument, "ip: invalid operation"};
    }
    if (alternative.is_ip) return make_ip_matcher(alternative.text);
    switch (op) {
        case LineFilterOp::kRegex:
        case LineFilterOp::kNotRegex: return make_regex_matcher(alternative.text);
        case LineFilterOp::kPattern:
        case LineFilterOp::kNotPattern: return make_pattern_matcher(alternative.text);
        default: return make_literal_matcher(alternative.text);
    }
}

/// Many texts are searched faster as one regex than one after the other.
constexpr std::size_t kManyTexts = 8;

/// As a regex, U+FFFD would also find bytes that are no UTF-8.
bool is_plain_text(const LineFilter::Alternative& alternative) {
    return !alternative.is_ip && is_valid_utf8(alternative.text) &&
           alternative.text.find("\uFFFD") == std::string::npos;
}

bool are_many_texts(const LineFilter& filter) {
    const bool contains =
        filter.op == LineFilterOp::kContains || filter.op == LineFilterOp::kNotContains;
    return contains && filter.alternatives.size() > kManyTexts &&
           std::all_of(filter.alternatives.begin(), filter.alternatives.end(), is_plain_text);
}

std::string alternation_of(const LineFilter& filter) {
    std::string pattern;
    for (const LineFilter::Alternative& alternative : filter.alternatives) {
        if (!pattern.empty()) pattern.push_back('|');
        pattern += "(?:" + re2::RE2::QuoteMeta(alternative.text) + ")";
    }
    return pattern;
}

/// Of the texts themselves: as a regex they may be too many to be known.
std::vector<storage::FilterProbe> probes_of_texts(const LineFilter& filter) {
    std::vector<storage::FilterProbe> probes;
    for (const LineFilter::Alternative& alternative : filter.alternatives) {
        probes.push_back(storage::FilterProbe::of_text(alternative.text));
    }
    return probes;
}

/// What blocks must hold for the filter; nothing if some alternative says nothing.
std::vector<storage::FilterProbe> probes_of(const LineFilter& filter, const Condition& condition) {
    if (condition.negative) return {};
    if (are_many_texts(filter)) return probes_of_texts(filter);
    std::vector<storage::FilterProbe> probes;
    for (const auto& matcher : condition.alternatives) {
        std::vector<storage::FilterProbe> own = matcher->probes();
        if (own.empty()) return {};
        std::move(own.begin(), own.end(), std::back_inserter(probes));
    }
    return probes;
}

Result<Condition> make_condition(const LineFilter& filter) {
    Condition condition;
    condition.negative = filter.op == LineFilterOp::kNotContains ||
                         filter.op == LineFilterOp::kNotRegex ||
                         filter.op == LineFilterOp::kNotPattern;
    if (are_many_texts(filter)) {
        // Too many even for a regex: one by one then.
        if (auto together = make_regex_matcher(alternation_of(filter))) {
            condition.alternatives.push_back(*std::move(together));
            return condition;
        }
    }
    for (const LineFilter::Alternative& alternative : filter.alternatives) {
        auto matcher = make_matcher(filter.op, alternative);
        if (!matcher) {
            return Error{ErrorCode::kInvalidArgument,
                         "stage '" + to_string(Stage(filter)) + "' : " + matcher.error().message};
        }
        condition.alternatives.push_back(*std::move(matcher));
    }
    return condition;
}

}  // namespace

Result<std::shared_ptr<const LineFilterProgram>> LineFilterProgram::compile(
    std::span<const LineFilter> filters) {
    std::vector<Condition> conditions;
    for (const LineFilter& filter : filters) {
        SKALD_TRY(Condition condition, make_condition(filter));
        condition.probes = probes_of(filter, condition);
        conditions.push_back(std::move(condition));
    }
    return std::shared_ptr<const LineFilterProgram>(
        std::make_shared<const Program>(std::move(conditions)));
}

}  // namespace skald::read
