// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "socket_pieces.h"

#include <skald/api/tls_certificates.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/foundation/telemetry/metrics.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace skald::grpc {

/// Stands between clients and gRPC: ends their TLS, carries the bytes of each connection to a
/// socket that gRPC reads, as long as WireGuard lets them pass, and the answers back. Threading:
/// thread-safe.
class Relays {
public:
    /// Gives away a descriptor that gRPC is to serve. Called on any I/O thread.
    using Take = std::function<void(int descriptor)>;

    struct Options {
        DurationNs handshake_timeout;
        DurationNs dead_after;        ///< A client that takes nothing for so long is gone.
        std::size_t streams_max = 0;  ///< That gRPC allows a connection; 0: any number.
    };
    /// `certificates` is null if clients speak without TLS.
    Relays(std::unique_ptr<api::TlsCertificates> certificates, IoThreads& io, Clock& clock,
           Options options, MetricsRegistry& metrics);
    ~Relays();

    /// Calls `take`, which must stay until `close_handshakes`, with the descriptor for gRPC, which
    /// closes it: at once, or when the TLS handshake is done. `client` is closed when gRPC has
    /// closed its own, or the other way round, and if the handshake fails.
    /// Errors: kUnavailable, no descriptor is left.
    Result<void> add(TcpSocket client, const Take& take);
    /// Clients' connections that there are now; may outlive the relays.
    std::shared_ptr<const std::atomic<std::size_t>> open() const { return open_; }
    /// Ends handshakes under way; nothing is taken any more. Nothing may be added any more.
    /// Blocking: never from an I/O thread.
    void close_handshakes();
    /// For gRPC's stop, which begins now: it would wait for each client to answer a last ping, for
    /// 20 s if a client is frozen or gone. Clients without a call have a moment for it; then they
    /// are closed, and after `grace` also those with calls, which gRPC has cancelled then.
    void end_within(DurationNs grace);
    /// After gRPC has closed its descriptors: waits a moment for clients to take what is left, then
    /// closes them. Blocking: never from an I/O thread.
    void stop();

private:
    struct Pair;
    using PairPtr = std::shared_ptr<Pair>;  ///< Shared by the two directions.

    Task<> shake_hands(PairPtr pair, const Take& take);
    Result<void> begin(const PairPtr& pair, const Take& take);
    Task<> carry_in(PairPtr pair);
    static Task<> carry_out(PairPtr pair);
    std::size_t calls_max() const;
    Task<> close_late(Clock::TimePoint end);
    Task<> close_soon();
    /// Closes connections of which this is true; it is asked on their threads.
    void close_if(bool (*is_closed)(const Pair&));

    const std::unique_ptr<api::TlsCertificates> certificates_;
    IoThreads& io_;
    Clock& clock_;
    const Options options_;
    Counter refused_;
    Counter failed_handshakes_;
    const std::shared_ptr<std::atomic<std::size_t>> open_ =
        std::make_shared<std::atomic<std::size_t>>(0);
    Guarded<std::vector<std::weak_ptr<Pair>>> pairs_;
    TaskGroup handshakes_;
    TaskGroup ending_;
    TaskGroup tasks_;
};

}  // namespace skald::grpc
