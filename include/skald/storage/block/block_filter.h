// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

struct BlockRows;

/// Something that a row must hold to be of interest, as hashes that the filter of its block has
/// all. Without hashes nothing is known: every block may hold it. Threading: immutable.
class FilterProbe {
public:
    /// Every piece is in the row's line, in letters of either case (ASCII).
    static FilterProbe of_pieces(std::span<const std::string_view> pieces);
    static FilterProbe of_text(std::string_view text) { return of_pieces({&text, 1}); }
    /// The row has this structured metadata; `detected_level` is one. Requires: `value` not empty.
    static FilterProbe of_metadata(std::string_view name, std::string_view value);

    bool empty() const { return hashes_.empty(); }
    std::span<const std::uint32_t> hashes() const { return hashes_; }

private:
    std::vector<std::uint32_t> hashes_;
};

/// What the rows of a query must hold: of each clause at least one probe.
class FilterCondition {
public:
    /// A clause that every block satisfies is left out.
    void require_any(std::vector<FilterProbe> probes);

    bool empty() const { return clauses_.empty(); }
    const std::vector<std::vector<FilterProbe>>& clauses() const { return clauses_; }

private:
    std::vector<std::vector<FilterProbe>> clauses_;
};

/// Says of a block what it does not hold: one bit for each hash of a gram of its lines or of a pair
/// of its metadata (docs/formats/block.md, Filter). It may say yes wrongly, never no.
/// Threading: immutable. Views the bytes that it was decoded from.
class BlockFilter {
public:
    /// The encoded filter of the rows; empty if they are so few that looking at them costs less.
    /// Cost: about 0.7 ns a byte of the lines, a third of zstd-1.
    static std::string build(const BlockRows& rows);
    /// Errors: kCorruption.
    static Result<BlockFilter> decode(std::string_view bytes);

    /// Checks that it has everything that the rows of its block have. Cost: as `build`.
    /// Errors: kCorruption: searches would pass over the block wrongly.
    Result<void> verify(const BlockRows& rows) const;
    /// The same; decodes the block's columns. Errors: also those of reading them.
    Result<void> verify(const Block& block) const;

    bool may_hold(const FilterProbe& probe) const;
    bool may_hold(const FilterCondition& condition) const;

private:
    std::string_view bits_;
    std::uint32_t size_ = 0;  ///< Bits.
};

}  // namespace skald::storage
