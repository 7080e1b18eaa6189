// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport.h"
#include "web_socket_frame.h"

#include <skald/foundation/runtime/task.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

/// What a WebSocket sends: whole frames, one behind the other, as the socket takes them.
///
/// Beast's stream sits on top and writes the answer to the handshake and control frames, each in
/// one piece. Messages are put in beside it, from where they lie, because a server's frames are the
/// same bytes for every client: what Beast does for each of them costs more than to hand it to the
/// kernel. All of them go through the one queue, so no frame begins inside another.
/// Over TLS messages are Beast's too, and what it writes passes through.
/// Threading: as the transport, which must outlive it while anything is called.
class FrameQueue {
public:
    using executor_type = Executor;
    using FramePtr = std::shared_ptr<const WebSocketFrame>;

    explicit FrameQueue(Transport& transport);
    FrameQueue(const FrameQueue&) = delete;
    FrameQueue& operator=(const FrameQueue&) = delete;
    ~FrameQueue() = default;

    executor_type get_executor() noexcept { return transport_.get_executor(); }
    Transport& transport() noexcept { return transport_; }
    /// Whether `send` may be called.
    bool takes_messages() const noexcept { return !transport_.is_tls(); }

    /// Writes what the socket takes at once, and keeps the rest. Behind a close frame it is thrown
    /// away. The queue is as long as the caller makes it.
    void send(FramePtr frame);
    /// Nothing is left to be written.
    bool drained() const noexcept { return frames_.empty(); }
    /// The client is gone.
    bool failed() const noexcept { return failed_; }
    /// Writes until nothing is left. False: the client is gone, or the socket was cancelled.
    Task<bool> drain();

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return transport_.async_read_some(buffers, std::forward<Token>(token));
    }
    /// Ends when all is written, what waits before it included.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (!takes_messages())
            return transport_.async_write_some(buffers, std::forward<Token>(token));
        std::string bytes(boost::asio::buffer_size(buffers), '\0');
        boost::asio::buffer_copy(boost::asio::buffer(bytes), buffers);
        const std::size_t size = bytes.size();
        add(std::make_shared<const WebSocketFrame>(std::move(bytes)));
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            Write{*this, size, queued_}, token, transport_.socket());
    }

private:
    /// Waits until the bytes before `end` are written.
    struct Write {
        FrameQueue& queue;
        const std::size_t size;
        const std::uint64_t end;
        bool begun = false;

        template <class Self>
        void operator()(Self& self, boost::system::error_code ec = {}) {
            if (begun) {
                if (!ec && !queue.flush()) ec = boost::asio::error::broken_pipe;
                if (ec) return self.complete(ec, 0);
                if (queue.written_ >= end) return self.complete(ec, size);
            }
            begun = true;
            queue.transport_.socket().async_wait(Socket::wait_write, std::move(self));
        }
    };

    void add(FramePtr frame);
    /// Writes what the socket takes. False: the client is gone.
    bool flush();

    Transport& transport_;
    std::vector<FramePtr> frames_;  ///< Few: the first is partly written.
    std::size_t first_written_ = 0;
    std::uint64_t queued_ = 0;   ///< Bytes, ever.
    std::uint64_t written_ = 0;  ///< The same.
    bool closing_ = false;       ///< A close frame is among the frames, or was.
    bool failed_ = false;
};

// How Beast ends a WebSocket on it.
inline void teardown(boost::beast::role_type role, FrameQueue& queue,
                     boost::system::error_code& ec) {
    teardown(role, queue.transport(), ec);
}
inline void beast_close_socket(FrameQueue& queue) {
    beast_close_socket(queue.transport());
}
template <class Handler>
void async_teardown(boost::beast::role_type role, FrameQueue& queue, Handler&& handler) {
    async_teardown(role, queue.transport(), std::forward<Handler>(handler));
}

}  // namespace skald::api
