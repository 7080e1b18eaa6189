// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/bytes.h>

#include <cstdint>
#include <vector>

namespace skald::storage {

/// Stream numbers of one shelf: ascending, each once.
using IdSet = std::vector<std::uint32_t>;

/// `a` ∩ `b`. Cost: proportional to the smaller set times log of the other if their sizes differ
/// much, else to both.
IdSet intersect(const IdSet& a, const IdSet& b);
/// `a` without `b`.
IdSet subtract(const IdSet& a, const IdSet& b);
/// 0, 1, … count - 1.
IdSet all_ids(std::uint32_t count);
/// Makes a set of numbers in any order.
IdSet to_id_set(std::vector<std::uint32_t> numbers);

/// Neighbouring numbers, `first` to `end` - 1.
struct IdRun {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
};
/// Ascending, none overlapping another.
using IdRuns = std::vector<IdRun>;

/// True if a number is in both.
bool overlaps(const IdSet& set, const IdRuns& runs);

/// Appends the set as run lengths: varint runs, then for each run varint gap since the end of the
/// one before and varint (length - 1). Streams that were new together have neighbouring numbers, so
/// a region that holds all of them is one run.
void encode_id_set(const IdSet& set, ByteWriter& out);
/// The runs of an encoded set; empty, with `in` failed, if the bytes are malformed or the set has
/// more than `count_max` numbers.
IdRuns decode_id_runs(ByteReader& in, std::size_t count_max);
/// Appends the numbers of an encoded set to `out`. False, with `in` failed, as above.
bool decode_id_set(ByteReader& in, std::size_t count_max, std::vector<std::uint32_t>& out);

}  // namespace skald::storage
