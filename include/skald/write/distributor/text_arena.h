// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace skald::write {

/// Memory for texts that a push needs beside the request's own bytes: label strings, normalised
/// names, shortened lines. Views into it stay valid as long as the arena lives; it goes into the
/// `owners` of the batch.
/// Threading: single-owner while it grows, immutable afterwards.
class TextArena {
public:
    /// Room for `size` bytes, not cleared.
    char* reserve(std::size_t size) {
        if (size > left_) grow(size);
        char* const place = next_;
        next_ += size;
        left_ -= size;
        return place;
    }

    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* const place = reserve(text.size());
        std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    bool empty() const noexcept { return chunks_.empty(); }

private:
    static constexpr std::size_t kFirstChunk = 1024;
    static constexpr std::size_t kLargestChunk = std::size_t{256} * 1024;

    void grow(std::size_t size) {
        left_ = std::max(size, chunk_size_);
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
        next_ = chunks_.back().get();
        chunk_size_ = std::min(chunk_size_ * 2, kLargestChunk);
    }

    std::vector<std::unique_ptr<char[]>> chunks_;
    char* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t chunk_size_ = kFirstChunk;
};

}  // namespace skald::write
