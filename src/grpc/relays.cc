// SPDX-License-Identifier: Apache-2.0
#include "relays.h"

#include "wire_guard.h"

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/telemetry/log.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::grpc {

namespace {

namespace asio = boost::asio;

using LocalSocket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr std::size_t kPieceBytes = 16 * kKiB;
constexpr auto kStopGrace = std::chrono::seconds(1);
constexpr auto kStopNap = std::chrono::milliseconds(5);

/// What has come; empty at the end, whatever kind of end. Nothing is held while nothing comes.
template <class Socket>
Task<Buffer> next_piece(Socket& socket) {
    for (;;) {
        auto [waited] = co_await socket.async_wait(Socket::wait_read, kToken);
        if (waited) co_return Buffer();
        Buffer piece(kPieceBytes);
        boost::system::error_code ec;
        const std::size_t size = socket.read_some(asio::buffer(piece.data(), piece.size()), ec);
        if (ec == asio::error::would_block) continue;
        piece.resize(ec ? 0 : size);
        co_return piece;
    }
}

template <class Socket>
Task<bool> write_all(Socket& socket, const Buffer& piece) {
    auto [ec, written] =
        co_await asio::async_write(socket, asio::buffer(piece.data(), piece.size()), kToken);
    co_return !ec;
}

}  // namespace

/// Single-owner: both directions run on the thread of its sockets.
struct Relays::Pair {
    Pair(TcpSocket outer, LocalSocket inner, std::size_t calls_max)
        : client(std::move(outer)), library(std::move(inner)), guard(calls_max) {}

    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        library.close(ignored);
    }

    TcpSocket client;
    LocalSocket library;
    WireGuard guard;
};

Relays::Relays(IoThreads& io, Clock& clock, Options options, MetricsRegistry& metrics)
    : io_(io),
      clock_(clock),
      options_(options),
      refused_(metrics.counter("skald_grpc_connections_abused_total",
                               "Connections that were closed because of what came over them.")) {}

Relays::~Relays() {
    stop();
}

/// Most clients that have not heard of the limit yet take it to be a hundred.
std::size_t Relays::calls_max() const {
    constexpr std::size_t kCallsMin = 200;
    constexpr std::size_t kCallsWithoutLimit = 10'000;
    if (options_.streams_max == 0) return kCallsWithoutLimit;
    return std::max(2 * options_.streams_max, kCallsMin);
}

Result<int> Relays::add(TcpSocket client) {
    const Executor executor = client.get_executor();
    boost::system::error_code ec;
    LocalSocket ours(executor);
    LocalSocket theirs(executor);
    asio::local::connect_pair(ours, theirs, ec);
    if (!ec) theirs.native_non_blocking(true, ec);
    if (!ec) ours.non_blocking(true, ec);
    if (!ec) client.non_blocking(true, ec);
    if (ec) return Error{ErrorCode::kUnavailable, ec.message()};
    client.set_option(asio::ip::tcp::no_delay(true), ec);
    const auto dead_ms = static_cast<unsigned>(
        std::clamp<DurationNs>(options_.dead_after / kNanosPerMilli, 1, 24 * 3600 * 1000));
    setsockopt(client.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
    auto pair = std::make_shared<Pair>(std::move(client), std::move(ours), calls_max());
    pairs_.with([&](auto& pairs) {
        std::erase_if(pairs, [](const std::weak_ptr<Pair>& each) { return each.expired(); });
        pairs.push_back(pair);
    });
    tasks_.spawn(executor, carry_in(pair));
    tasks_.spawn(executor, carry_out(pair));
    return theirs.release(ec);
}

Task<> Relays::carry_in(PairPtr pair) {
    for (;;) {
        const Buffer piece = co_await next_piece(pair->client);
        if (piece.empty()) break;
        const Result<void> passes = pair->guard.check(piece.view(), clock_.now());
        if (!passes) {
            refused_.add();
            log_debug("a gRPC connection is closed", {{"why", passes.error().message}});
            co_return pair->close();
        }
        // The library may have ended its end behind its last answers.
        if (!co_await write_all(pair->library, piece)) break;
    }
    // Answers to what came before still go out; carry_out closes both.
    boost::system::error_code ignored;
    pair->library.shutdown(LocalSocket::shutdown_send, ignored);
}

Task<> Relays::carry_out(PairPtr pair) {
    for (;;) {
        const Buffer piece = co_await next_piece(pair->library);
        if (piece.empty() || !co_await write_all(pair->client, piece)) break;
        // What the client has not taken has not ended for it.
        pair->guard.watch_answers(piece.view());
    }
    pair->close();
}

void Relays::stop() {
    if (tasks_.running() > 0) tasks_.spawn(io_.at(0).get_executor(), close_soon());
    tasks_.close();
}

Task<> Relays::close_soon() {
    const Clock::TimePoint end = clock_.now() + kStopGrace;
    while (tasks_.running() > 1 && clock_.now() < end)
        co_await clock_.sleep_until(clock_.now() + kStopNap);
    pairs_.with([](auto& pairs) {
        for (const std::weak_ptr<Pair>& each : pairs) {
            const PairPtr pair = each.lock();
            if (pair == nullptr) continue;
            asio::post(pair->client.get_executor(), [pair] { pair->close(); });
        }
    });
}

}  // namespace skald::grpc
