// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/block/block.h>
#include <skald/storage/segment/segment.h>
#include <skald/storage/store/segment_rewriter.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// One region of a segment that is merged.
struct MergeInput {
    SegmentId segment;
    std::uint64_t order = 0;  ///< Its lowest generation: the order of equal times.
    bool is_merged = false;   ///< Level 1 or more: its blocks are as merging makes them.
    RegionTable table;
};

/// All columns of a block, decoded.
struct DecodedBlock {
    TimeColumn times;
    LineColumn lines;
    std::shared_ptr<const MetadataColumn> levels;
    std::shared_ptr<const MetadataColumns> metadata;  ///< Null: no row has any.
};

/// Reads blocks of the inputs and keeps those that were used last: streams that share a block come
/// one after the other.
/// Threading: single-owner.
class BlockSource {
public:
    BlockSource(const SegmentRewriter& store, const std::vector<MergeInput>& inputs,
                std::size_t keep_bytes)
        : store_(store), inputs_(inputs), keep_bytes_(keep_bytes) {}

    /// Errors: kCorruption naming the place, those of reading.
    Result<std::shared_ptr<const DecodedBlock>> decode(std::size_t input, std::uint32_t block);
    /// The block as it is stored.
    Result<EncodedBlock> stored(std::size_t input, std::uint32_t block) const;
    std::uint64_t bytes_read() const { return bytes_read_; }

private:
    using Key = std::pair<std::size_t, std::uint32_t>;
    struct Kept {
        Key key;
        std::shared_ptr<const DecodedBlock> block;
        std::size_t bytes = 0;
    };

    const SegmentRewriter& store_;
    const std::vector<MergeInput>& inputs_;
    const std::size_t keep_bytes_;
    std::list<Kept> kept_;  ///< Last used first.
    std::map<Key, std::list<Kept>::iterator> places_;
    std::size_t bytes_ = 0;
    mutable std::uint64_t bytes_read_ = 0;
};

}  // namespace skald::storage
