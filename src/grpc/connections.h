// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relays.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/listen.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/telemetry/metrics.h>

#include <atomic>
#include <cstdint>

namespace skald::grpc {

/// Accepts connections and gives them to the relays.
/// Threading: `accept_all` on the acceptor's I/O thread, `stop` from any other.
class Connections {
public:
    Connections(TcpAcceptor acceptor, std::uint32_t limit, Relays& relays, IoThreads& io,
                Clock& clock, MetricsRegistry& metrics);

    std::uint16_t port() const { return port_; }
    /// Runs until `stop`; closes what is beyond the limit. `take` must outlive the relays.
    Task<> accept_all(const Relays::Take& take);
    /// Closes the listening socket. Blocking: never from an I/O thread, which must still run.
    void stop();

private:
    void welcome(TcpSocket socket, const Relays::Take& take);

    TcpAcceptor acceptor_;
    const std::uint32_t limit_;
    Relays& relays_;
    IoThreads& io_;
    Clock& clock_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    Counter refused_;
};

}  // namespace skald::grpc
