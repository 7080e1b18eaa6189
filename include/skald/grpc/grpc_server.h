// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/push_intake.h>
#include <skald/api/tls.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstdint>
#include <memory>
#include <string>

namespace skald::grpc {

/// gRPC on a listening socket: `logproto.Pusher/Push`, OpenTelemetry's `LogsService/Export`, and
/// `grpc.health.v1.Health`.
///
/// Write path: client -> [GrpcServer] -> PushIntake.
/// Invariants: messages, calls of a connection, calls and connections together are bounded; once a
/// message was taken its call is answered, also while the server stops.
/// Threading: thread-safe.
class GrpcServer {
    struct State;

public:
    struct Options {
        std::string address;        ///< Name or address to listen on; empty: all interfaces.
        std::uint16_t port = 9095;  ///< 0: any free port, see `port()`.

        api::TlsSettings tls;  ///< Not enabled: plain HTTP/2.

        std::uint32_t connections_max = 4096;  ///< Further ones are closed at once.
        std::uint32_t streams_max = 100;       ///< Calls of one connection at a time; 0: no limit.
        std::uint32_t calls_max = 256;         ///< Calls of all; further ones get UNAVAILABLE.
        std::uint64_t receive_bytes_max = 4 * kMiB;  ///< A message as it is on the wire.
        std::uint64_t send_bytes_max = 4 * kMiB;
        DurationNs message_timeout = 30 * kNanosPerSecond;  ///< For a call's message to arrive.
        DurationNs answer_timeout = 30 * kNanosPerSecond;   ///< For the client to take the answer.
        std::uint64_t memory = 16 * kMiB;  ///< Of gRPC's own buffers; above it reads slow down.

        DurationNs idle_max = kTimeMax;  ///< Connections without calls are closed then. kTimeMax:
                                         ///< never; so too `age_max` and `age_grace`.
        DurationNs age_max = kTimeMax;
        DurationNs age_grace = kTimeMax;
        DurationNs keepalive_time = 2 * kNanosPerHour;
        DurationNs keepalive_timeout = 20 * kNanosPerSecond;
        DurationNs ping_interval_min = 10 * kNanosPerSecond;  ///< More frequent pings: goodbye.
        bool ping_without_call = true;
        DurationNs stop_grace = 10 * kNanosPerSecond;  ///< For running calls, in `stop`.
    };

    /// Binds, listens and starts to serve. `intake` is null if nothing is taken here (health only).
    /// What is passed by reference must outlive the server; the I/O threads must run until `stop`
    /// returned. Errors: kUnavailable if the address cannot be resolved or bound;
    /// kInvalidArgument, settings of TLS that can't be used.
    static Result<std::unique_ptr<GrpcServer>> start(Options options, api::PushIntake* intake,
                                                     IoThreads& io, Clock& clock,
                                                     MetricsRegistry& metrics);
    /// For `start`.
    explicit GrpcServer(std::unique_ptr<State> state);
    /// As `stop`.
    ~GrpcServer();

    /// The port that is bound.
    std::uint16_t port() const noexcept;
    /// Stops accepting, lets running calls finish within `stop_grace`, then cancels them. Blocking:
    /// never from an I/O thread.
    void stop();

private:
    std::unique_ptr<State> state_;
};

}  // namespace skald::grpc
