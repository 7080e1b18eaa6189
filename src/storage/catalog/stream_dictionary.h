// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog_format.h"
#include "database.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace skald::storage {

/// The numbers that the streams of a shelf have, their labels and their postings.
///
/// Numbers are given in ascending order and never taken back while the shelf exists. A number means
/// nothing to readers before a visible region's presence row has it, so numbers may be written
/// ahead in small batches.
/// Threading: one writer at a time; readers at a moment are free.
class StreamDictionary {
public:
    explicit StreamDictionary(Database& database) : database_(database) {}

    /// The numbers of the streams; those that have none get one. Cost: one pass over the shelf's
    /// ids (16 bytes a stream) and about 2 µs for each new stream.
    Result<IdSet> number(const Shelf& shelf, const std::vector<StreamPtr>& streams);
    /// Calls `visit(number, pairs)` for each number until it fails; the pairs' bytes are gone
    /// afterwards.
    using Visit =
        std::function<Result<void>(std::uint32_t number, const std::vector<LabelView>& pairs)>;
    Result<void> visit(const Shelf& shelf, const IdSet& ids, const Database::Moment& at,
                       const Visit& visit) const;
    /// The streams with these numbers, in that order. Errors: kUnavailable if `take` (null: any
    /// amount) refuses the memory of one.
    Result<std::vector<StreamPtr>> streams(const Shelf& shelf, const IdSet& ids,
                                           const Database::Moment& at,
                                           const TakeMemory& take) const;
    /// How many numbers the shelf has given out.
    Result<std::uint32_t> size(const Shelf& shelf, const Database::Moment& at) const;

private:
    Result<void> add(const Shelf& shelf, std::uint32_t first,
                     const std::vector<StreamPtr>& streams);

    Database& database_;
};

}  // namespace skald::storage
