// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

namespace skald::storage {

/// An append-only array. A copy of it is a snapshot: it shares the memory and keeps its own size,
/// and appends to the original change nothing below that size.
///
/// Threading: caller locks, but for elements below a snapshot's size, which never change.
template <class T>
class Arena {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    std::uint32_t size() const { return size_; }
    const T* data() const { return data_.get(); }
    const T& operator[](std::size_t i) const { return data_.get()[i]; }
    std::span<const T> span() const { return {data_.get(), size_}; }
    std::size_t memory_bytes() const { return std::size_t{capacity_} * sizeof(T); }

    void push_back(const T& value) { append({&value, 1}); }

    void append(std::span<const T> values) {
        if (values.empty()) return;
        reserve(size_ + values.size());
        std::memcpy(data_.get() + size_, values.data(), values.size_bytes());
        size_ += static_cast<std::uint32_t>(values.size());
    }

    /// Grows by half at least. The old memory lives on for whoever has a snapshot of it.
    void reserve(std::size_t needed) {
        if (needed <= capacity_) return;
        const std::size_t capacity = std::max(needed, std::size_t{size_} + size_ / 2 + 2);
        std::shared_ptr<T[]> grown = std::make_shared_for_overwrite<T[]>(capacity);
        if (size_ > 0) std::memcpy(grown.get(), data_.get(), std::size_t{size_} * sizeof(T));
        data_ = std::move(grown);
        capacity_ = static_cast<std::uint32_t>(capacity);
    }

private:
    // Shared with snapshots, which only read below their size.
    std::shared_ptr<T[]> data_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace skald::storage
