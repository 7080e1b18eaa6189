// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>

#include <cstdint>
#include <list>
#include <string>

namespace skald::api {

class ServerCore;

/// What a connection waits for.
enum class Phase {
    kIdle,      ///< The next request.
    kTransfer,  ///< Bytes from or to the client.
    kHandling,  ///< The handler; the socket rests.
};

/// A connection as its watch sees it. Threading: as its loop.
class Watched {
public:
    virtual ~Watched() = default;

    /// The deadline has passed (or the server stops): ends the socket operation that is waited for.
    virtual void expire() noexcept = 0;
    virtual int native_handle() noexcept = 0;
    /// Tells the running handler to stop.
    virtual void cancel_request(CancelReason reason) noexcept = 0;
    /// It never ends by itself: a server that stops does not wait for what it sends.
    virtual bool is_endless() const noexcept = 0;

private:
    friend class ConnectionWatch;

    std::list<Watched*>::iterator place_;
    Clock::TimePoint deadline_;
    Phase phase_ = Phase::kIdle;
};

/// The connections of one loop: their deadlines, and whether clients with a running request are
/// still there. One timer for all of them, because a timer each would cost more than the requests.
/// Threading: single-owner; only on its loop, but for the constructor.
class ConnectionWatch {
public:
    explicit ConnectionWatch(ServerCore& core);

    void add(Watched& connection);
    void remove(Watched& connection) noexcept;
    /// The connection now waits for something on its socket, until `deadline` at most.
    void wait(Watched& connection, Phase phase, Clock::TimePoint deadline) noexcept;
    /// The connection's handler runs; its client is watched.
    void handle(Watched& connection) noexcept;

    /// The Date header of this second.
    const std::string& date() const noexcept { return date_; }

    /// Looks around until the server has ended.
    Task<> run();
    /// Ends connections that wait for a request, and soon those that never end by themselves.
    void close_idle() noexcept;
    /// Ends everything that waits on a socket and cancels the handlers.
    void close_all() noexcept;

private:
    void expire_late(Clock::TimePoint now) noexcept;
    void cancel_abandoned();
    void update_date();

    ServerCore& core_;
    std::list<Watched*> waiting_;
    std::list<Watched*> handling_;
    std::string date_;
    std::int64_t date_second_ = -1;
};

}  // namespace skald::api
