// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include "error_response.h"
#include "response_head.h"
#include "web_socket.h"

#include <skald/foundation/telemetry/log.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace skald::api {

namespace {

namespace asio = boost::asio;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr auto kAbortTime = std::chrono::seconds(1);
const std::string kUnknownRoute = "notfound";

/// 501 and 505 are what the client did.
bool is_server_trouble(int status) noexcept {
    return status >= 500 && status != 501 && status != 505;
}

double seconds_between(Clock::TimePoint from, Clock::TimePoint to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls,
                       ServerCore& core, ConnectionWatch& watch)
    : transport_(std::move(socket), std::move(tls)),
      core_(core),
      watch_(watch),
      buffer_share_(core.budget) {
    core_.connection_opened();
}

Connection::~Connection() {
    boost::system::error_code ignored;
    socket().close(ignored);
    core_.connection_closed();
}

void Connection::expire() noexcept {
    if (resting_socket_ != nullptr && !core_.aborting.load()) {
        resting_socket_->wake();
        return;
    }
    expired_ = true;
    boost::system::error_code ignored;
    // Beast's wait for the client's end after a close goes on when it is cancelled.
    if (endless_) socket().shutdown(Socket::shutdown_both, ignored);
    socket().cancel(ignored);
}

void Connection::cancel_request(CancelReason reason) noexcept {
    running_.cancel(reason);
}

Clock::TimePoint Connection::transfer_deadline(Clock::TimePoint started, std::uint64_t bytes,
                                               DurationNs timeout) const {
    const auto now = core_.clock.now();
    if (core_.aborting.load()) return now + kAbortTime;
    const std::uint64_t rate = std::max<std::uint64_t>(1, core_.options.transfer_rate_min);
    const auto earned = std::chrono::seconds(bytes / rate);
    const auto patience = std::chrono::nanoseconds(timeout);
    return std::min(now + patience, started + patience + earned);
}

Task<> Connection::run() {
    watch_.add(*this);
    bool go_on = co_await shake_hands();
    while (go_on) {
        go_on = co_await wait_for_request();
        if (!go_on) break;
        try {
            go_on = co_await serve_one();
        } catch (const std::exception& exception) {
            core_.metrics.exceptions.add();
            log_error("an exception ended a connection",
                      {{"path", exchange_ ? exchange_->path : std::string()},
                       {"what", exception.what()},
                       {"do", "a bug: report it with this line and the version"}});
            go_on = false;
        }
        exchange_.reset();
    }
    watch_.remove(*this);
}

/// With TLS: nothing else is understood before.
Task<bool> Connection::shake_hands() {
    if (!transport_.is_tls()) co_return true;
    watch_.wait(*this, Phase::kTransfer,
                core_.clock.now() + std::chrono::nanoseconds(core_.options.header_timeout));
    const auto [ec] = co_await transport_.async_handshake(kToken);
    if (!ec && !expired_) co_return true;
    core_.metrics.failed_handshakes.add();
    log_debug("a TLS handshake failed", {{"err", ec.message()}});
    co_return false;
}

Task<bool> Connection::wait_for_request() {
    if (core_.stopping.load()) co_return false;
    if (!buffer_.empty()) co_return true;
    buffer_.release();
    buffer_share_.shrink(buffer_share_.bytes());
    const auto deadline = core_.clock.now() + std::chrono::nanoseconds(core_.options.idle_timeout);
    watch_.wait(*this, Phase::kIdle, deadline);
    if (transport_.is_tls()) {
        // Whether something is there is known only by decrypting it.
        const Step step = co_await fill(Phase::kIdle, deadline);
        co_return step == Step::kGoOn && !expired_;
    }
    const auto [ec] = co_await socket().async_wait(Socket::wait_read, kToken);
    co_return !ec && !expired_;
}

Task<bool> Connection::serve_one() {
    exchange_ =
        std::make_unique<Exchange>(static_cast<std::uint32_t>(core_.options.header_bytes_max));
    exchange_->started = core_.clock.now();
    exchange_->route = kUnknownRoute;
    running_ = exchange_->request.cancel;
    Step step = co_await read_header();
    if (step == Step::kGoOn) step = co_await read_body();
    if (step == Step::kClose) co_return false;
    if (step == Step::kGoOn) co_await handle();
    if (exchange_->response.socket != nullptr) {
        co_await serve_socket();
        co_return false;
    }
    const bool go_on = co_await answer();
    co_return go_on;
}

Task<> Connection::handle() {
    Exchange& exchange = *exchange_;
    watch_.handle(*this);
    exchange.socket_key = exchange.request.headers.find("Sec-WebSocket-Key").value_or("");
    Gauge inflight = core_.metrics.inflight(exchange.method, exchange.route);
    inflight.add(1);
    try {
        exchange.response =
            with_retry_time(co_await exchange.match.route->handler(std::move(exchange.request)));
        co_await prepare_body();
    } catch (const std::exception& exception) {
        core_.metrics.exceptions.add();
        log_error("an exception left a handler",
                  {{"path", exchange.path},
                   {"tenant", exchange.tenant},
                   {"what", exception.what()},
                   {"do", "a bug: report it with this line and the version"}});
        exchange.response = plain_text(500, "internal error\n");
    }
    inflight.add(-1);
}

Task<bool> Connection::answer() {
    Exchange& exchange = *exchange_;
    if (exchange.body_left) {
        const auto length = exchange.parser.content_length();
        if (length && *length <= buffer_.unread().size()) {
            buffer_.consume(*length);  // Refused unread, but it is here already.
            exchange.body_left = false;
        }
    }
    const bool stays = exchange.keep_alive && !exchange.body_left && !core_.stopping.load();
    const Persistence persistence = !stays                           ? Persistence::kClose
                                    : exchange.parser.version() < 11 ? Persistence::kKeepAliveNamed
                                                                     : Persistence::kKeepAlive;
    const bool written =
        co_await write(response_head(exchange.response, persistence, watch_.date()));
    account();
    if (!written) co_return false;
    if (stays) co_return true;
    co_await say_goodbye();
    if (exchange.body_left) co_await discard_rest();
    co_return false;
}

/// Tells the client that nothing follows.
Task<> Connection::say_goodbye() {
    if (transport_.is_tls() && !exchange_->body_left) {
        watch_.wait(*this, Phase::kTransfer, core_.clock.now() + kAbortTime);
        const auto [ec] = co_await transport_.async_goodbye(kToken);
        static_cast<void>(ec);  // Many clients just leave.
    }
    boost::system::error_code ignored;
    socket().shutdown(Socket::shutdown_send, ignored);
}

void Connection::account() {
    const Exchange& exchange = *exchange_;
    const int status = exchange.response.status;
    const double seconds = seconds_between(exchange.started, core_.clock.now());
    const bool socket = status == 101;
    core_.metrics.duration(exchange.method, exchange.route, status, socket).observe(seconds);
    RequestMetrics::Sizes sizes = core_.metrics.sizes(exchange.method, exchange.route);
    sizes.request.observe(static_cast<double>(exchange.body_bytes));
    if (!socket) sizes.response.observe(static_cast<double>(exchange.sent));
    const LogLevel level = is_server_trouble(status) ? LogLevel::kWarn
                           : status >= 400           ? LogLevel::kInfo
                                                     : LogLevel::kDebug;
    if (!log_enabled(level)) return;
    log(level, "request",
        {{"method", to_string(exchange.method)},
         {"path", exchange.path},
         {"status", status},
         {"duration_ms", seconds * 1000},
         {"tenant", exchange.tenant},
         {"request_bytes", exchange.body_bytes},
         {"response_bytes", exchange.sent}});
}

Task<> run_connection(std::unique_ptr<Connection> connection) {
    co_await connection->run();
}

}  // namespace skald::api
