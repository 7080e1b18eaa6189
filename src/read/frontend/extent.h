// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/labels.h>
#include <skald/read/querier/query.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// Which extent: the query with all that changes its answer, and the number of the interval.
struct ExtentKey {
    Hash128 query;
    std::int64_t interval = 0;

    bool operator==(const ExtentKey&) const = default;
};

/// A series with the steps that it has samples at.
struct ExtentSeries {
    Labels labels;
    std::vector<std::int64_t> steps;  ///< Ascending, in steps since the epoch.
    std::vector<double> values;
};

/// What is known of a part of an interval: the samples of a metric query at steps [first, last], or
/// that a log query has no rows at times [first, last].
struct Extent {
    std::int64_t first = 0;
    std::int64_t last = -1;
    /// Of the rows that it was made from.
    std::uint64_t version = 0;
    /// The text that the key's hash is of: equal hashes of different texts are told apart.
    std::shared_ptr<const std::string> query;
    std::vector<ExtentSeries> series;  ///< By labels, each once.

    bool empty() const noexcept { return last < first; }
    std::size_t bytes() const;
};
/// Shared: immutable, in the cache and in answers that are being put together.
using ExtentPtr = std::shared_ptr<const Extent>;

/// Adds the samples of `next` that are at steps [first, last] behind those of `into`.
/// Requires: these steps are after all that `into` has.
void append_extent(std::vector<ExtentSeries>& into, const Extent& next, std::int64_t first,
                   std::int64_t last);

}  // namespace skald::read
