// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "relays.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/listen.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/telemetry/metrics.h>

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace skald::grpc {

/// The clients' sockets, whose owners tell nobody when they close one: a descriptor that is gone,
/// or that names another file, is a connection that has ended.
/// Threading: thread-safe.
class OpenSockets {
public:
    void add(int descriptor);
    /// Those that are open now. Cost: a system call each.
    std::size_t count();
    /// True if so many are open. Cost: nothing, until so many have been added.
    bool is_full(std::size_t limit);

private:
    struct Socket {
        int descriptor;
        ino_t inode;
    };
    static std::size_t sweep(std::vector<Socket>& sockets);

    Guarded<std::vector<Socket>> sockets_;
};

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
    const std::shared_ptr<OpenSockets> open_;  ///< Shared with the metrics' collector.
    Counter refused_;
};

}  // namespace skald::grpc
