// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/task.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <memory>
#include <utility>

namespace skald::api {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// A client's socket, with TLS over it or without: a stream for Asio and Beast.
/// Threading: single-owner, on the socket's loop; one read and one write at a time.
class Transport {
public:
    using executor_type = Executor;

    /// Without `tls`: plain.
    Transport(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
        : socket_(std::move(socket)), context_(std::move(tls)) {
        if (context_ != nullptr) tls_ = std::make_unique<Tls>(socket_, *context_);
    }

    Transport(const Transport&) = delete;  // The TLS stream refers to the socket.
    Transport& operator=(const Transport&) = delete;
    ~Transport() = default;

    executor_type get_executor() noexcept { return socket_.get_executor(); }
    Socket& socket() noexcept { return socket_; }
    bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Requires: is_tls().
    template <class Token>
    auto async_handshake(Token&& token) {
        return tls_->async_handshake(Tls::server, std::forward<Token>(token));
    }
    /// Requires: is_tls().
    template <class Token>
    auto async_goodbye(Token&& token) {
        return tls_->async_shutdown(std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_ != nullptr) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_ != nullptr) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }

private:
    using Tls = boost::asio::ssl::stream<Socket&>;

    Socket socket_;
    std::shared_ptr<boost::asio::ssl::context> context_;  ///< Shared: renewed for later clients.
    std::unique_ptr<Tls> tls_;
};

/// How Beast ends a WebSocket on it: the socket is closed behind the last frame.
inline void teardown(boost::beast::role_type role, Transport& transport,
                     boost::system::error_code& ec) {
    boost::beast::websocket::teardown(role, transport.socket(), ec);
}
inline void beast_close_socket(Transport& transport) {
    boost::system::error_code ignored;
    transport.socket().close(ignored);
}
template <class Handler>
void async_teardown(boost::beast::role_type role, Transport& transport, Handler&& handler) {
    boost::beast::websocket::async_teardown(role, transport.socket(),
                                            std::forward<Handler>(handler));
}

}  // namespace skald::api
