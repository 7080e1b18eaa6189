// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace skald::api {

/// One frame of a WebSocket (RFC 6455, 5.2) as a server sends it: the same bytes for every client.
/// Threading: immutable.
class WebSocketFrame {
public:
    /// A text message. One that so many clients get may be kept in pages of its own, which the
    /// kernel hands to their sockets without a copy for each.
    static std::shared_ptr<const WebSocketFrame> of_text(std::string_view text,
                                                         std::size_t clients = 1);
    /// Bytes that are frames already, or come before the first.
    explicit WebSocketFrame(std::string bytes) : bytes_(std::move(bytes)) {}
    WebSocketFrame(const WebSocketFrame&) = delete;
    WebSocketFrame& operator=(const WebSocketFrame&) = delete;
    ~WebSocketFrame();

    std::size_t size() const noexcept { return bytes_.size(); }
    /// Memory that it takes: bytes in pages of their own are there twice.
    std::size_t held_bytes() const noexcept { return file_ < 0 ? size() : 2 * size(); }
    std::string_view bytes() const noexcept { return bytes_; }
    std::string_view text() const noexcept { return std::string_view(bytes_).substr(head_size_); }
    /// Nothing may follow it.
    bool closes() const noexcept;
    /// Writes from byte `from` on what the socket, which does not block, takes now. As send(2);
    /// SIGPIPE must be ignored.
    ssize_t write_to(int socket, std::size_t from) const;

private:
    std::string bytes_;
    std::size_t head_size_ = 0;
    int file_ = -1;  ///< In memory, with the bytes; -1: none.
};

}  // namespace skald::api
