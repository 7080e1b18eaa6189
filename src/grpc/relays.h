// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/foundation/telemetry/metrics.h>

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace skald::grpc {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// Stands between clients and gRPC: carries the bytes of each connection to a socket that gRPC
/// reads, as long as WireGuard lets them pass, and the answers back. Threading: thread-safe.
class Relays {
public:
    struct Options {
        DurationNs dead_after;        ///< A client that takes nothing for so long is gone.
        std::size_t streams_max = 0;  ///< That gRPC allows a connection; 0: any number.
    };
    Relays(IoThreads& io, Clock& clock, Options options, MetricsRegistry& metrics);
    ~Relays();

    /// The descriptor that gRPC is to serve, which is the caller's. `client` is closed when gRPC
    /// has closed its own, or the other way round. Errors: kUnavailable, no descriptor is left.
    Result<int> add(TcpSocket client);
    /// After gRPC has closed its descriptors: waits a moment for clients to take what is left, then
    /// closes them. Blocking: never from an I/O thread.
    void stop();

private:
    struct Pair;
    using PairPtr = std::shared_ptr<Pair>;  ///< Shared by the two directions.

    Task<> carry_in(PairPtr pair);
    static Task<> carry_out(PairPtr pair);
    std::size_t calls_max() const;
    Task<> close_soon();

    IoThreads& io_;
    Clock& clock_;
    const Options options_;
    Counter refused_;
    Guarded<std::vector<std::weak_ptr<Pair>>> pairs_;
    TaskGroup tasks_;
};

}  // namespace skald::grpc
