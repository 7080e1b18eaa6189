// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stream_dictionary.h"

#include <skald/foundation/model/matcher.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace skald::storage {

/// Finds the streams of a shelf that satisfy matchers, through the postings.
///
/// Equality reads one posting list. Other matchers look at each distinct value of their name once,
/// or at the candidates' labels if those are fewer.
/// Threading: immutable; reads at one moment.
class StreamMatcher {
public:
    StreamMatcher(const Database& database, const StreamDictionary& dictionary, Database::Moment at)
        : database_(database), dictionary_(dictionary), at_(std::move(at)) {}

    /// Numbers of the streams of `among` that satisfy all matchers.
    Result<IdSet> match(const Shelf& shelf, const std::vector<Matcher>& matchers,
                        IdSet among) const;

private:
    Result<IdSet> with_label(const Shelf& shelf, const LabelView& label) const;
    /// Streams with a value of the matcher's name for which `matches` gives `wanted`; nothing if
    /// more than `rows_max` rows would have to be read.
    Result<std::optional<IdSet>> with_values(const Shelf& shelf, const Matcher& matcher,
                                             bool wanted, std::size_t rows_max) const;
    Result<IdSet> by_labels(const Shelf& shelf, std::span<const Matcher* const> matchers,
                            const IdSet& among) const;

    const Database& database_;
    const StreamDictionary& dictionary_;
    Database::Moment at_;
};

}  // namespace skald::storage
