// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/listen.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/telemetry/metrics.h>

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace skald::grpc {

/// The sockets that were given to gRPC, which owns them and tells nobody when it closes one: a
/// descriptor that is gone, or that names another file, is a connection that has ended.
/// Threading: thread-safe.
class OpenSockets {
public:
    void add(int descriptor);
    /// Those that are open now. Cost: a system call each.
    std::size_t count();

private:
    struct Socket {
        int descriptor;
        ino_t inode;
    };
    Guarded<std::vector<Socket>> sockets_;
};

/// Accepts connections and gives their descriptors away.
/// Threading: `accept_all` on the acceptor's I/O thread, `stop` from any other.
class Connections {
public:
    using Take = std::function<void(int descriptor)>;

    Connections(TcpAcceptor acceptor, std::uint32_t limit, Clock& clock, MetricsRegistry& metrics);

    std::uint16_t port() const { return port_; }
    /// Runs until `stop`; closes what is beyond the limit.
    Task<> accept_all(Take take);
    /// Closes the listening socket. Blocking: never from an I/O thread, which must still run.
    void stop();

private:
    void welcome(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor> socket,
                 const Take& take);

    TcpAcceptor acceptor_;
    const std::uint32_t limit_;
    Clock& clock_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    const std::shared_ptr<OpenSockets> open_;  ///< Shared with the metrics' collector.
    Counter refused_;
};

}  // namespace skald::grpc
