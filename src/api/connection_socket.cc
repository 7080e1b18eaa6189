// SPDX-License-Identifier: Apache-2.0
#include "connection.h"
#include "web_socket.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <ratio>
#include <utility>

namespace skald::api {

namespace {

/// A client that gets nothing else for so long is pinged,
constexpr auto kPingWhenQuiet = std::chrono::seconds(1);
/// and in any case every so often, to hear that it is there.
constexpr auto kPingEvery = std::chrono::seconds(15);
/// A client that does not even answer pings is gone, or not one of WebSockets.
constexpr auto kSilenceMax = std::chrono::seconds(60);
constexpr auto kGoodbyeTime = std::chrono::seconds(2);

/// Pings wait for the next tenth of a second: the loop wakes once for many sockets.
Clock::TimePoint ping_time(Clock::TimePoint wanted) {
    using Tenth = std::chrono::duration<std::int64_t, std::deci>;
    return std::chrono::ceil<Tenth>(wanted);
}

/// Keeps the socket's memory until its last read has ended.
Task<> read_socket(std::shared_ptr<WebSocket> socket) {
    co_await socket->read();
}

}  // namespace

/// The connection is a WebSocket from here on; it ends with it.
Task<> Connection::serve_socket() {
    const std::shared_ptr<MessageSource> source = std::move(exchange_->response.socket);
    account();
    const Executor executor = transport_.get_executor();
    const auto web_socket = std::make_shared<WebSocket>(transport_, core_.clock);
    const auto write_deadline = [this] {
        return core_.clock.now() + std::chrono::nanoseconds(core_.options.write_timeout);
    };
    endless_ = true;
    watch_.wait(*this, Phase::kTransfer, write_deadline());
    // Nothing may follow the handshake before it is answered.
    bool open = buffer_.empty();
    if (open) open = co_await web_socket->accept(exchange_->socket_key);
    if (!open) co_return;
    buffer_.release();
    buffer_share_.shrink(buffer_share_.bytes());
    source->start(web_socket);
    open = core_.tasks.spawn(executor, read_socket(web_socket));

    auto last_ping = core_.clock.now();
    MessageSource::Next next;
    while (open && web_socket->reads() && !web_socket->failed() && !expired_ &&
           !core_.stopping.load()) {
        const auto now = core_.clock.now();
        if (now - web_socket->last_heard() > kSilenceMax) {
            next.kind = MessageSource::Kind::kClose;
            next.code = CloseCode::kProtocolError;
            next.reason = "no answer to pings for a minute";
            break;
        }
        if (!web_socket->drained()) {
            watch_.wait(*this, Phase::kTransfer, write_deadline());
            open = co_await web_socket->drain();
            continue;
        }
        const auto next_ping =
            ping_time(std::min(last_ping + kPingEvery, web_socket->last_sent() + kPingWhenQuiet));
        if (now >= next_ping) {
            last_ping = now;
            watch_.wait(*this, Phase::kTransfer, write_deadline());
            open = co_await web_socket->ping();
            continue;
        }
        next = source->next();
        if (next.kind == MessageSource::Kind::kClose) break;
        if (next.kind == MessageSource::Kind::kText) {
            watch_.wait(*this, Phase::kTransfer, write_deadline());
            open = co_await web_socket->write(std::move(next.frame));
            continue;
        }
        watch_.wait(*this, Phase::kIdle, Clock::TimePoint::max());
        resting_socket_ = web_socket.get();
        co_await web_socket->rest(*source, std::min(next.wait_until, next_ping));
        resting_socket_ = nullptr;
    }
    source->start(nullptr);
    co_await end_socket(web_socket, next, open);
}

/// Says goodbye if the client is there, and waits for the reader.
Task<> Connection::end_socket(std::shared_ptr<WebSocket> web_socket, MessageSource::Next last,
                              bool open) {
    watch_.wait(*this, Phase::kTransfer, core_.clock.now() + kGoodbyeTime);
    if (open && web_socket->reads() && !expired_) {
        const bool by_source = last.kind == MessageSource::Kind::kClose;
        co_await web_socket->close(by_source ? last.code : CloseCode::kGoingAway,
                                   by_source ? std::move(last.reason) : "shutting down");
    }
    boost::system::error_code ignored;
    socket().shutdown(Socket::shutdown_both, ignored);
    socket().cancel(ignored);
    while (web_socket->reads()) co_await web_socket->wait(core_.clock.now() + kGoodbyeTime);
}

}  // namespace skald::api
