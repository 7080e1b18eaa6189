// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace skald {

/// Bytes on the heap that are not cleared when they are made: network bodies, decoded columns.
/// Threading: single-owner until it is only read.
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(std::size_t size) : bytes_(new char[size]), size_(size), capacity_(size) {}

    char* data() noexcept { return bytes_.get(); }
    const char* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }

    /// Keeps the first min(old, new) bytes; new ones are undefined. Grows the memory if needed.
    void resize(std::size_t size) {
        if (size > capacity_) {
            std::unique_ptr<char[]> grown(new char[size]);
            if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
            bytes_ = std::move(grown);
            capacity_ = size;
        }
        size_ = size;
    }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace skald
