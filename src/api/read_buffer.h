// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>

#include <cstddef>
#include <cstring>
#include <string_view>

namespace skald::api {

/// Bytes that were read from a socket and not used yet, in one piece.
/// Threading: single-owner.
class ReadBuffer {
public:
    std::string_view unread() const noexcept { return bytes_.view().substr(begin_, end_ - begin_); }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return bytes_.size(); }
    /// True if nothing can be read without `grow`.
    bool full() const noexcept { return end_ - begin_ == bytes_.size(); }

    void consume(std::size_t count) noexcept {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    /// Free space at the end; unread bytes move to the front if that makes it larger.
    char* room() noexcept {
        if (begin_ > 0) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        return bytes_.data() + end_;
    }
    std::size_t room_size() const noexcept { return bytes_.size() - (end_ - begin_); }
    /// `count` bytes were written to `room`.
    void commit(std::size_t count) noexcept { end_ += count; }
    void grow(std::size_t capacity) { bytes_.resize(capacity); }
    /// Gives the memory back. Requires: empty().
    void release() noexcept { bytes_ = Buffer(); }

private:
    Buffer bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace skald::api
