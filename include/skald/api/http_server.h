// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/tls.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/memory_budget.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstdint>
#include <memory>
#include <string>

namespace skald::api {

class Router;

/// HTTP/1.1 on a listening socket: connections are given to the I/O threads in turn, requests to
/// the router's handlers one after the other.
///
/// Invariants: header and body bytes in flight never pass their budget; a connection that waits
/// for its next request holds no read buffer; a client that goes away cancels the token of its
/// request within 100 ms. Threading: thread-safe.
class HttpServer {
    struct State;

public:
    struct Options {
        std::string address;        ///< Name or address to listen on; empty: all interfaces.
        std::uint16_t port = 3100;  ///< 0: any free port, see `port()`.

        bool is_admin = false;                ///< It serves administration and nothing else.
        bool admin_port_is_separate = false;  ///< It serves everything else.

        TlsSettings tls;  ///< Not enabled: plain HTTP.

        std::uint32_t connections_max = 16'384;  ///< Further ones get 503 at once. 0: no limit.
        std::size_t header_bytes_max = kMiB + 64 * kKiB;  ///< Request line and header together.
        std::size_t body_budget = 128 * kMiB;  ///< Bodies of all requests, compressed and not.
        /// What they take it from, if others take from it as well; then `body_budget` says nothing.
        std::shared_ptr<MemoryBudget> memory = nullptr;
        DurationNs budget_wait = 2 * kNanosPerSecond;  ///< Then 503 with Retry-After.

        DurationNs header_timeout = 30 * kNanosPerSecond;  ///< From its first byte to its last.
        DurationNs idle_timeout = 120 * kNanosPerSecond;   ///< Between requests.
        DurationNs body_timeout = 30 * kNanosPerSecond;    ///< Without a byte of the body.
        DurationNs write_timeout = 30 * kNanosPerSecond;   ///< Without a byte taken by the client.
        /// Bytes a second that a body or an answer must average once a timeout has passed.
        std::uint64_t transfer_rate_min = 4 * kKiB;

        DurationNs stop_grace = 10 * kNanosPerSecond;  ///< For running requests, in `stop`.
        DurationNs watch_interval =
            50 * kNanosPerMilli;  ///< Of looking for timeouts and lost clients.
    };

    /// Binds, listens and starts to serve. What is passed by reference must outlive the server; the
    /// I/O threads must run until `stop` returned.
    /// Errors: kUnavailable if the address cannot be resolved or bound.
    static Result<std::unique_ptr<HttpServer>> start(Options options,
                                                     std::shared_ptr<const Router> router,
                                                     IoThreads& io, WorkerPool& workers,
                                                     Clock& clock, MetricsRegistry& metrics);
    /// For `start`.
    explicit HttpServer(std::unique_ptr<State> state);
    /// As `stop`.
    ~HttpServer();

    /// The port that is bound.
    std::uint16_t port() const noexcept;
    /// Connections that are open now.
    std::size_t connections() const;
    /// Stops accepting, closes idle connections, lets running requests finish within `stop_grace`,
    /// then cancels them and closes their connections. Blocking: never from an I/O thread.
    void stop();

private:
    std::unique_ptr<State> state_;
};

}  // namespace skald::api
