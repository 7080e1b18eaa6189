// SPDX-License-Identifier: Apache-2.0
#include "row_arena.h"

#include <skald/foundation/base/assert.h>
#include <skald/storage/block/block_codec.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace skald::storage {
namespace {

constexpr std::size_t kSmallText = 16U << 10;
constexpr std::size_t kRowBytes = sizeof(TimeNs) + sizeof(std::uint32_t) + sizeof(std::uint8_t);

std::size_t words_of(std::size_t rows, std::size_t text) {
    const std::size_t bytes = rows * kRowBytes + sizeof(std::uint32_t) + text;
    return (bytes + sizeof(TimeNs) - 1) / sizeof(TimeNs);
}

}  // namespace

RowArena::RowArena(std::uint32_t row_capacity, std::uint32_t text_capacity)
    : words_(std::make_shared_for_overwrite<TimeNs[]>(words_of(row_capacity, text_capacity))),
      row_capacity_(row_capacity),
      text_capacity_(text_capacity) {
    const_cast<std::uint32_t*>(offsets())[0] = 0;
}

std::size_t RowArena::memory_bytes() const {
    return words_ == nullptr ? 0 : words_of(row_capacity_, text_capacity_) * sizeof(TimeNs);
}

void RowArena::append(TimeNs time, std::string_view line, std::uint8_t level) {
    if (size_ == row_capacity_ || line.size() + 1 > text_capacity_ - text_size()) {
        // A line says little about how many follow: room for itself and one more row.
        grow(size_ == row_capacity_ ? 2 : 1, line.size() + 1);
    }
    put(time, line, level);
}

void RowArena::reserve(std::size_t rows, std::size_t text_bytes) {
    if (rows <= row_capacity_ - size_ && text_bytes <= text_capacity_ - text_size()) return;
    grow(rows, text_bytes);
}

void RowArena::put(TimeNs time, std::string_view line, std::uint8_t level) {
    // The accessors are const for the readers' sake; this object owns the memory and may write past
    // every snapshot's size.
    auto* const ends = const_cast<std::uint32_t*>(offsets());
    char* const text_end = const_cast<char*>(text()) + ends[size_];
    if (!line.empty()) std::memcpy(text_end, line.data(), line.size());
    text_end[line.size()] = '\n';
    words_[size_] = time;
    const_cast<std::uint8_t*>(levels())[size_] = level;
    ends[size_ + 1] = ends[size_] + static_cast<std::uint32_t>(line.size()) + 1;
    ++size_;
}

void RowArena::grow(std::size_t rows, std::size_t text_bytes) {
    const std::size_t text = text_size();
    SKALD_ASSERT(text_bytes <= kBlockBytesMax && text + text_bytes <= kBlockBytesMax);
    // By a part at least, so that many small growths do not copy the whole each time. Small ones
    // by a quarter, because a hundred thousand of them are never filled.
    const std::uint32_t part = text < kSmallText ? 4 : 2;
    RowArena grown(static_cast<std::uint32_t>(size_ + std::max(rows, std::size_t{size_} / part)),
                   static_cast<std::uint32_t>(text + std::max(text_bytes, text / part)));
    grown.copy_rows(*this);
    *this = std::move(grown);
}

void RowArena::copy_rows(const RowArena& from) {
    if (from.size_ == 0) return;
    std::memcpy(words_.get(), from.times(), from.size_ * sizeof(TimeNs));
    std::memcpy(const_cast<std::uint32_t*>(offsets()), from.offsets(),
                (std::size_t{from.size_} + 1) * sizeof(std::uint32_t));
    std::memcpy(const_cast<std::uint8_t*>(levels()), from.levels(), from.size_);
    std::memcpy(const_cast<char*>(text()), from.text(), from.text_size());
    size_ = from.size_;
}

}  // namespace skald::storage
