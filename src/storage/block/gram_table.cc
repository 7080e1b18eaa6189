// SPDX-License-Identifier: Apache-2.0
#include "gram_table.h"

#include "filter_hash.h"
#include "gram_hashes.h"
#include "gram_windows.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/hash.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace skald::storage {
namespace {

/// Behind the table: a byte for what is in no filter, and what is read together with the last one.
constexpr std::size_t kSlack = 8;
/// Tables of unusual blocks are given back.
constexpr std::size_t kScratchKeep = 1U << 20;

std::string& scratch() {
    thread_local std::string bytes;
    return bytes;
}

}  // namespace

GramTable::GramTable(std::uint32_t size) : size_(size) {
    scratch().assign(size + kSlack, '\0');
    seen_ = reinterpret_cast<unsigned char*>(scratch().data());
}

GramTable::~GramTable() {
    if (scratch().capacity() > kScratchKeep) std::string().swap(scratch());
}

void GramTable::mark(const BlockRows& rows) {
    GramWindows windows;
    windows.visit(rows.lines,
                  [&](std::span<const GramWindow> parcel) { mark_windows(parcel, seen_, size_); });
    if (rows.levels != nullptr) mark_column(*rows.levels);
    if (rows.metadata != nullptr) {
        for (const MetadataColumn& column : rows.metadata->columns) mark_column(column);
    }
    std::memset(seen_ + size_, 0, kSlack);
}

void GramTable::mark_column(const MetadataColumn& column) {
    const std::uint64_t name = hash64(column.name);
    // Value 0 stands for rows without one.
    for (std::size_t i = 1; i < column.values.size(); ++i) {
        for (const std::uint32_t hash : hash_pair(hash64(column.values[i]) + name))
            seen_[(std::uint64_t{hash} * size_) >> 32] = 1;
    }
}

std::uint32_t GramTable::marked() const {
    return static_cast<std::uint32_t>(std::count(seen_, seen_ + size_, 1));
}

template <std::uint32_t kBy>
void GramTable::divide_by() {
    // A copy of some at a time: a compiler makes vector code only of what does not overlap.
    constexpr std::size_t kPart = 256;
    size_ /= kBy;
    for (std::size_t begin = 0; begin < size_; begin += kPart) {
        const std::size_t count = std::min<std::size_t>(kPart, size_ - begin);
        std::array<unsigned char, kPart * kBy> from;
        std::memcpy(from.data(), seen_ + begin * kBy, count * kBy);
        for (std::size_t i = 0; i < count; ++i) {
            unsigned char any = from[i * kBy];
            for (std::size_t k = 1; k < kBy; ++k) any |= from[i * kBy + k];
            seen_[begin + i] = any;
        }
    }
    std::memset(seen_ + size_, 0, kSlack);
}

void GramTable::divide(std::uint32_t divisor) {
    SKALD_ASSERT(divisor != 0 && size_ % divisor == 0);
    for (; divisor % 3 == 0; divisor /= 3) divide_by<3>();
    for (; divisor % 2 == 0; divisor /= 2) divide_by<2>();
    SKALD_ASSERT(divisor == 1);
}

std::string GramTable::bits() {
    std::string bits((std::size_t{size_} + 7) / 8, '\0');
    for (std::size_t i = 0; i < bits.size(); ++i) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, seen_ + 8 * i, sizeof eight);
        // Byte k is 0 or 1 and becomes bit k of the highest byte.
        bits[i] = static_cast<char>((eight * 0x0102040810204080ULL) >> 56);
    }
    return bits;
}

}  // namespace skald::storage
