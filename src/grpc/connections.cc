// SPDX-License-Identifier: Apache-2.0
#include "connections.h"

#include <skald/foundation/telemetry/log.h>

#include <boost/asio/post.hpp>

#include <chrono>
#include <latch>
#include <utility>

namespace skald::grpc {

namespace {

namespace asio = boost::asio;

constexpr auto kAcceptPause = std::chrono::milliseconds(100);

}  // namespace

Connections::Connections(TcpAcceptor acceptor, std::uint32_t limit, Relays& relays, IoThreads& io,
                         Clock& clock, MetricsRegistry& metrics)
    : acceptor_(std::move(acceptor)),
      limit_(limit),
      relays_(relays),
      io_(io),
      clock_(clock),
      refused_(metrics.counter("skald_grpc_connections_refused_total",
                               "Connections that were closed because there were too many.")) {
    boost::system::error_code ec;
    port_ = acceptor_.local_endpoint(ec).port();
    Gauge connections =
        metrics.gauge("loki_tcp_connections", "Current number of accepted TCP connections.",
                      {{"protocol", "grpc"}});
    metrics
        .gauge("loki_tcp_connections_limit", "Connections that may be open at once; 0: any number.",
               {{"protocol", "grpc"}})
        .set(limit);
    metrics.before_exposition([open = relays.open(), connections]() mutable {
        connections.set(static_cast<double>(open->load()));
    });
}

void Connections::welcome(TcpSocket socket, const Relays::Take& take) {
    if (relays_.open()->load() >= limit_) {
        refused_.add();
        return;  // Closed with `socket`.
    }
    const Result<void> added = relays_.add(std::move(socket), take);
    if (!added) log_warn("a gRPC connection can't be served", {{"why", added.error().message}});
}

Task<> Connections::accept_all(const Relays::Take& take) {
    while (!stopping_.load()) {
        auto [ec, socket] = co_await acceptor_.async_accept(io_.next().get_executor(), kToken);
        if (stopping_.load()) break;
        if (!ec) {
            welcome(std::move(socket), take);
            continue;
        }
        if (ec == asio::error::connection_aborted) continue;
        // Out of descriptors or memory: the connection stays in the backlog, so trying at once
        // would spin.
        log_warn("can't accept a gRPC connection", {{"why", ec.message()}});
        co_await clock_.sleep_until(clock_.now() + kAcceptPause);
    }
}

void Connections::stop() {
    stopping_.store(true);
    std::latch done(1);
    asio::post(acceptor_.get_executor(), [this, &done] {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        done.count_down();
    });
    done.wait();
}

}  // namespace skald::grpc
