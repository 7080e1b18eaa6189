// SPDX-License-Identifier: Apache-2.0
#include <skald/storage/store/stream_filter.h>

#include <algorithm>

namespace skald::storage {

namespace {

// A name with more values than this (a request id) gains little from a table of answers.
constexpr std::size_t kAnswersMax = 4096;

}  // namespace

StreamFilter::StreamFilter(const std::vector<Matcher>& matchers) {
    for (const Matcher& matcher : matchers) {
        Condition& condition = conditions_.emplace_back();
        condition.matcher = &matcher;
        condition.remembers = matcher.op() == MatchOp::kRegex || matcher.op() == MatchOp::kNotRegex;
        condition.last_answer = matcher.matches_empty();
    }
    std::partition(conditions_.begin(), conditions_.end(),
                   [](const Condition& condition) { return !condition.remembers; });
}

bool StreamFilter::accepts(const Labels& labels) {
    return std::all_of(conditions_.begin(), conditions_.end(), [&](Condition& condition) {
        const std::string_view value = labels.value_or_empty(condition.matcher->name());
        return condition.remembers ? ask(condition, value) : condition.matcher->matches(value);
    });
}

bool StreamFilter::ask(Condition& condition, std::string_view value) {
    // Streams come in label order, so neighbours often have the same value.
    if (condition.last_value == value) return condition.last_answer;
    const auto known = condition.answers.find(value);
    const bool answer =
        known != condition.answers.end() ? known->second : condition.matcher->matches(value);
    if (known == condition.answers.end() && condition.answers.size() < kAnswersMax)
        condition.answers.emplace(value, answer);
    condition.last_value = value;
    condition.last_answer = answer;
    return answer;
}

}  // namespace skald::storage
