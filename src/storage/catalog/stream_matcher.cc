// SPDX-License-Identifier: Apache-2.0
#include "stream_matcher.h"

#include <algorithm>
#include <utility>

namespace skald::storage {

namespace {

// Reading the labels of so many streams costs less than walking the values of a name may.
constexpr std::size_t kFewStreams = 64;
// A stream's labels cost as much as so many rows of postings.
constexpr std::size_t kRowsPerStream = 4;

std::string_view value_of(std::string_view name, const std::vector<LabelView>& pairs) {
    for (const LabelView& pair : pairs) {
        if (pair.name == name) return pair.value;
    }
    return {};
}

bool is_plain_equality(const Matcher& matcher) {
    return matcher.op() == MatchOp::kEqual && !matcher.value().empty();
}

Result<bool> append_numbers(std::string_view value, std::vector<std::uint32_t>& out) {
    ByteReader in(value);
    if (!decode_id_set(in, UINT32_MAX, out) || !in.done()) return malformed("posting");
    return true;
}

}  // namespace

Result<IdSet> StreamMatcher::match(const Shelf& shelf, const std::vector<Matcher>& matchers,
                                   IdSet among) const {
    std::vector<const Matcher*> rest;
    for (const Matcher& matcher : matchers) {
        if (!is_plain_equality(matcher)) {
            rest.push_back(&matcher);
            continue;
        }
        if (among.empty()) return among;
        SKALD_TRY(const IdSet with, with_label(shelf, {matcher.name(), matcher.value()}));
        among = intersect(among, with);
    }
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const auto remaining = std::span(rest).subspan(i);
        if (among.size() <= kFewStreams) return by_labels(shelf, remaining, among);
        // A stream without the label is in no posting list: if "" is accepted, all but those with a
        // refused value stay.
        const bool keeps_missing = rest[i]->matches_empty();
        SKALD_TRY(const std::optional<IdSet> with,
                  with_values(shelf, *rest[i], !keeps_missing, among.size() * kRowsPerStream));
        if (!with.has_value()) return by_labels(shelf, remaining, among);
        among = keeps_missing ? subtract(among, *with) : intersect(among, *with);
    }
    return among;
}

Result<IdSet> StreamMatcher::with_label(const Shelf& shelf, const LabelView& label) const {
    IdSet numbers;
    const std::string from = posting_prefix(shelf, label);
    SKALD_CHECK(database_.scan(from, end_of_prefix(from), at_,
                               [&](std::string_view key, std::string_view value) -> Result<bool> {
                                   // A longer key is of a value that has this one and a NUL in
                                   // front.
                                   if (key.size() != from.size() + kNumberBytes) return true;
                                   return append_numbers(value, numbers);
                               }));
    return to_id_set(std::move(numbers));
}

Result<std::optional<IdSet>> StreamMatcher::with_values(const Shelf& shelf, const Matcher& matcher,
                                                        bool wanted, std::size_t rows_max) const {
    IdSet numbers;
    std::optional<std::string> last;
    bool takes_last = false;
    std::size_t rows = 0;
    const std::string from = posting_name_prefix(shelf, matcher.name());
    SKALD_CHECK(database_.scan(from, end_of_prefix(from), at_,
                               [&](std::string_view key, std::string_view row) -> Result<bool> {
                                   if (key.size() < from.size() + 1 + kNumberBytes)
                                       return malformed("posting");
                                   if (++rows > rows_max) return false;
                                   const std::string_view value = key.substr(
                                       from.size(), key.size() - from.size() - 1 - kNumberBytes);
                                   // The rows of one value are neighbours.
                                   if (!last.has_value() || *last != value) {
                                       last = value;
                                       takes_last = matcher.matches(value) == wanted;
                                   }
                                   return takes_last ? append_numbers(row, numbers)
                                                     : Result<bool>(true);
                               }));
    if (rows > rows_max) return std::optional<IdSet>();
    return std::optional<IdSet>(to_id_set(std::move(numbers)));
}

Result<IdSet> StreamMatcher::by_labels(const Shelf& shelf, std::span<const Matcher* const> matchers,
                                       const IdSet& among) const {
    IdSet accepted;
    const auto accept = [&](std::uint32_t number,
                            const std::vector<LabelView>& pairs) -> Result<void> {
        const bool all = std::all_of(matchers.begin(), matchers.end(), [&](const Matcher* matcher) {
            return matcher->matches(value_of(matcher->name(), pairs));
        });
        if (all) accepted.push_back(number);
        return {};
    };
    SKALD_CHECK(dictionary_.visit(shelf, among, at_, accept));
    return accepted;
}

}  // namespace skald::storage
