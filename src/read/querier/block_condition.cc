// SPDX-License-Identifier: Apache-2.0
#include "block_condition.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace skald::read {
namespace {

/// Such a name may stand for metadata of another name, and errors are in no block.
bool is_own_name(std::string_view name) {
    return !name.ends_with("_extracted") && !name.starts_with("__");
}

template <class T>
void append(std::vector<T>& to, std::vector<T> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

void BlockCondition::require_labels(const LabelFilter& filter) {
    append(labels_, clauses_of(filter));
}

/// Recursion is bounded by the parser's depth.
std::vector<BlockCondition::LabelClause> BlockCondition::clauses_of(const LabelFilter& filter) {
    using Kind = LabelFilter::Kind;
    if (filter.kind == Kind::kAnd) {
        std::vector<LabelClause> both = clauses_of(*filter.left);
        append(both, clauses_of(*filter.right));
        return both;
    }
    if (filter.kind == Kind::kOr) {
        std::vector<LabelClause> left = clauses_of(*filter.left);
        std::vector<LabelClause> right = clauses_of(*filter.right);
        if (left.empty() || right.empty()) return {};
        // Each side says at least its first clause.
        append(left.front().names, std::move(right.front().names));
        append(left.front().probes, std::move(right.front().probes));
        left.resize(1);
        return left;
    }
    if (filter.kind != Kind::kString || filter.matcher->op() != MatchOp::kEqual) return {};
    // Rows without the label satisfy an empty value.
    const Matcher& matcher = *filter.matcher;
    if (matcher.value().empty() || !is_own_name(matcher.name())) return {};
    LabelClause clause;
    clause.names.emplace_back(matcher.name());
    clause.probes.push_back(storage::FilterProbe::of_metadata(matcher.name(), matcher.value()));
    return {std::move(clause)};
}

bool BlockCondition::is_in_stream(const LabelClause& clause, const storage::Run& run) {
    return std::any_of(clause.names.begin(), clause.names.end(), [&](const std::string& name) {
        return run.stream->labels.find(name).has_value();
    });
}

bool BlockCondition::may_hold_in(const storage::BlockFilter& filter,
                                 std::span<const storage::Run> runs) const {
    if (!filter.may_hold(lines_)) return false;
    return std::all_of(labels_.begin(), labels_.end(), [&](const LabelClause& clause) {
        const bool held = std::any_of(clause.probes.begin(), clause.probes.end(),
                                      [&](const auto& probe) { return filter.may_hold(probe); });
        // The stream's own label says what the filter does not know.
        return held || std::any_of(runs.begin(), runs.end(), [&](const storage::Run& run) {
                   return is_in_stream(clause, run);
               });
    });
}

}  // namespace skald::read
