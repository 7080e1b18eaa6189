// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/task.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <string_view>

namespace skald::grpc {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});
constexpr std::size_t kPieceBytes = 16 * kKiB;

/// What has come on a socket that does not block; empty at the end, whatever kind of end. Nothing
/// is held while nothing comes.
template <class Socket>
Task<Buffer> next_piece(Socket& socket) {
    for (;;) {
        auto [waited] = co_await socket.async_wait(Socket::wait_read, kToken);
        if (waited) co_return Buffer();
        Buffer piece(kPieceBytes);
        boost::system::error_code ec;
        const std::size_t size =
            socket.read_some(boost::asio::buffer(piece.data(), piece.size()), ec);
        if (ec == boost::asio::error::would_block) continue;
        piece.resize(ec ? 0 : size);
        co_return piece;
    }
}

/// False: the other end is gone. `bytes` must stay until it is done.
template <class Socket>
Task<bool> write_all(Socket& socket, std::string_view bytes) {
    auto [ec, written] = co_await boost::asio::async_write(
        socket, boost::asio::buffer(bytes.data(), bytes.size()), kToken);
    co_return !ec;
}

}  // namespace skald::grpc
