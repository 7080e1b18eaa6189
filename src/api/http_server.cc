// SPDX-License-Identifier: Apache-2.0
#include "connection.h"
#include "connection_watch.h"
#include "server_core.h"

#include <skald/api/http_server.h>
#include <skald/api/tls_certificates.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/runtime/listen.h>
#include <skald/foundation/telemetry/log.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <latch>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr std::size_t kAcceptedAtOnce = 64;
constexpr auto kAcceptPauseMin = std::chrono::milliseconds(5);
constexpr auto kAcceptPauseMax = std::chrono::milliseconds(1000);
constexpr DurationNs kAbortPatience = 5 * kNanosPerSecond;

/// Answers without reading: there is no room for one more.
void turn_away(Socket socket) {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; "
        "charset=utf-8\r\nRetry-After: 1\r\n"
        "Connection: close\r\nContent-Length: 53\r\n\r\n"
        "too many connections (server.http_listen_conn_limit)\n";
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kAnswer), ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
}

}  // namespace

struct HttpServer::State {
    State(Options options, std::shared_ptr<const Router> router, TcpAcceptor listening,
          IoThreads& threads, WorkerPool& workers, Clock& clock, MetricsRegistry& metrics)
        : core(std::move(options), std::move(router), workers, clock, metrics),
          io(threads),
          acceptor(std::move(listening)) {
        if (!core.options.is_admin)
            metrics
                .gauge("loki_tcp_connections_limit",
                       "Connections that may be open at once; 0: any number.",
                       {{"protocol", "http"}})
                .set(core.options.connections_max);
        for (std::size_t i = 0; i < io.size(); ++i)
            watches.push_back(std::make_unique<ConnectionWatch>(core));
    }

    Task<> accept_all();
    void welcome(Socket socket, std::size_t loop);
    std::size_t welcome_waiting(std::size_t loop);
    /// Runs `action` on each watch's own loop.
    void on_each_loop(void (ConnectionWatch::*action)() noexcept);
    void close_acceptor();

    ServerCore core;
    IoThreads& io;
    TcpAcceptor acceptor;
    std::vector<std::unique_ptr<ConnectionWatch>> watches;
    std::unique_ptr<TlsCertificates> certificates;  ///< Null: no TLS.
    std::uint16_t port = 0;
    std::atomic<bool> stopped{false};
};

Task<> HttpServer::State::accept_all() {
    auto pause = kAcceptPauseMin;
    std::size_t loop = 0;
    while (!core.stopping.load()) {
        loop = (loop + 1) % io.size();
        auto [ec, socket] = co_await acceptor.async_accept(io.at(loop).get_executor(), kToken);
        if (core.stopping.load()) break;
        if (!ec) {
            pause = kAcceptPauseMin;
            welcome(std::move(socket), loop);
            loop = welcome_waiting(loop);
            continue;
        }
        if (ec == asio::error::connection_aborted) continue;
        // Out of descriptors or memory: the connection stays in the backlog, so trying at once
        // would spin.
        log_warn("can't accept a connection", {{"why", ec.message()}});
        co_await core.clock.sleep_until(core.clock.now() + pause);
        pause = std::min(pause * 2, kAcceptPauseMax);
    }
}

void HttpServer::State::welcome(Socket socket, std::size_t loop) {
    const std::uint32_t limit = core.options.connections_max;
    if (limit > 0 && core.connections() >= limit) {
        core.metrics.refused.add();
        turn_away(std::move(socket));
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_unique<Connection>(
        std::move(socket), certificates ? certificates->current() : nullptr, core, *watches[loop]);
    core.tasks.spawn(io.at(loop).get_executor(), run_connection(std::move(connection)));
}

/// Takes the connections that wait already, some at once: each turn of a busy loop takes
/// milliseconds, and clients come in hundreds. Returns the loop that the last one went to.
std::size_t HttpServer::State::welcome_waiting(std::size_t loop) {
    for (std::size_t i = 0; i < kAcceptedAtOnce; ++i) {
        const std::size_t next = (loop + 1) % io.size();
        Socket socket(io.at(next).get_executor());
        boost::system::error_code ec;
        acceptor.accept(socket, ec);
        if (ec) break;  // None waits, or what the next asynchronous accept reports.
        loop = next;
        welcome(std::move(socket), loop);
    }
    return loop;
}

void HttpServer::State::on_each_loop(void (ConnectionWatch::*action)() noexcept) {
    // Waits, so that nothing that was posted outlives the server.
    std::latch done(static_cast<std::ptrdiff_t>(io.size()));
    for (std::size_t i = 0; i < io.size(); ++i) {
        asio::post(io.at(i).get_executor(), [watch = watches[i].get(), action, &done] {
            (watch->*action)();
            done.count_down();
        });
    }
    done.wait();
}

void HttpServer::State::close_acceptor() {
    std::latch done(1);
    asio::post(io.at(0).get_executor(), [this, &done] {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        done.count_down();
    });
    done.wait();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Options options,
                                                      std::shared_ptr<const Router> router,
                                                      IoThreads& io, WorkerPool& workers,
                                                      Clock& clock, MetricsRegistry& metrics) {
    std::unique_ptr<TlsCertificates> certificates;
    if (options.tls.enabled()) {
        SKALD_TRY(certificates, TlsCertificates::load(options.tls, clock, metrics));
    }
    SKALD_TRY(TcpAcceptor acceptor,
              listen_on(io.at(0).get_executor(), options.address, options.port));
    auto state = std::make_unique<State>(std::move(options), std::move(router), std::move(acceptor),
                                         io, workers, clock, metrics);
    state->certificates = std::move(certificates);
    boost::system::error_code ec;
    state->port = state->acceptor.local_endpoint(ec).port();
    for (std::size_t i = 0; i < io.size(); ++i) {
        state->core.tasks.spawn(io.at(i).get_executor(), state->watches[i]->run());
    }
    state->core.tasks.spawn(io.at(0).get_executor(), state->accept_all());
    return std::make_unique<HttpServer>(std::move(state));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
    stop();
}

std::uint16_t HttpServer::port() const noexcept {
    return state_->port;
}

std::size_t HttpServer::connections() const {
    return state_->core.connections();
}

void HttpServer::stop() {
    if (state_->stopped.exchange(true)) return;
    ServerCore& core = state_->core;
    core.stopping.store(true);
    state_->close_acceptor();
    state_->on_each_loop(&ConnectionWatch::close_idle);
    if (!core.wait_for_none(core.options.stop_grace)) {
        log_warn("requests still run after the grace time; cancelling them",
                 {{"connections", core.connections()}});
        core.aborting.store(true);
        state_->on_each_loop(&ConnectionWatch::close_all);
        core.wait_for_none(kAbortPatience);
    }
    core.ended.store(true);
    core.tasks.close();
}

}  // namespace skald::api
