// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block_codec.h>

#include <cstdint>
#include <string>

namespace skald::storage {

/// What a filter's bits are made from: a byte for each bit, set to 1 by the hashes of a block. A
/// byte takes no look at what is there already. Threading: single-owner; its memory is the
/// thread's, so that a thread has one at a time.
class GramTable {
public:
    /// All bytes are 0.
    explicit GramTable(std::uint32_t size);
    GramTable(const GramTable&) = delete;
    GramTable& operator=(const GramTable&) = delete;
    ~GramTable();

    /// Marks the grams of the lines and the pairs of metadata.
    void mark(const BlockRows& rows);
    /// Bytes that are 1.
    std::uint32_t marked() const;
    /// Makes it `divisor` times smaller: hashes share the bytes that are joined.
    /// Requires: the size is a multiple, the divisor one of 2^a * 3^b.
    void divide(std::uint32_t divisor);
    std::uint32_t size() const { return size_; }
    /// The bytes as bits, the lowest first.
    std::string bits();

private:
    void mark_column(const MetadataColumn& column);
    template <std::uint32_t kBy>
    void divide_by();

    unsigned char* seen_ = nullptr;
    std::uint32_t size_ = 0;
};

}  // namespace skald::storage
