// SPDX-License-Identifier: Apache-2.0
#include "connection_watch.h"

#include "response_head.h"
#include "server_core.h"

#include <skald/foundation/base/units.h>

#include <sys/poll.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

namespace skald::api {

namespace {

constexpr auto kGoodbyeTime = std::chrono::seconds(2);
constexpr std::uint32_t kTicksPerDeadlineCheck = 4;  // Deadlines are seconds; lost clients are not.

}  // namespace

ConnectionWatch::ConnectionWatch(ServerCore& core) : core_(core) {
    update_date();
}

void ConnectionWatch::add(Watched& connection) {
    waiting_.push_back(&connection);
    connection.place_ = std::prev(waiting_.end());
}

void ConnectionWatch::remove(Watched& connection) noexcept {
    (connection.phase_ == Phase::kHandling ? handling_ : waiting_).erase(connection.place_);
}

void ConnectionWatch::wait(Watched& connection, Phase phase, Clock::TimePoint deadline) noexcept {
    if (connection.phase_ == Phase::kHandling)
        waiting_.splice(waiting_.end(), handling_, connection.place_);
    connection.phase_ = phase;
    connection.deadline_ = deadline;
}

void ConnectionWatch::handle(Watched& connection) noexcept {
    if (connection.phase_ != Phase::kHandling)
        handling_.splice(handling_.end(), waiting_, connection.place_);
    connection.phase_ = Phase::kHandling;
}

Task<> ConnectionWatch::run() {
    const auto interval = std::chrono::nanoseconds(core_.options.watch_interval);
    for (std::uint32_t tick = 0; !core_.ended.load(); ++tick) {
        co_await core_.clock.sleep_until(core_.clock.now() + interval);
        update_date();
        cancel_abandoned();
        if (tick % kTicksPerDeadlineCheck == 0) expire_late(core_.clock.now());
    }
}

void ConnectionWatch::update_date() {
    const std::int64_t second = core_.clock.wall_now() / kNanosPerSecond;
    if (second == date_second_) return;
    date_second_ = second;
    date_ = http_date(second);
}

void ConnectionWatch::expire_late(Clock::TimePoint now) noexcept {
    for (Watched* connection : waiting_) {
        if (connection->deadline_ <= now) connection->expire();
    }
}

void ConnectionWatch::cancel_abandoned() {
    if (handling_.empty()) return;
    // poll sees that the other end has closed even if bytes of a next request wait to be read.
    std::vector<pollfd> sockets;
    sockets.reserve(handling_.size());
    for (Watched* connection : handling_)
        sockets.push_back({connection->native_handle(), POLLRDHUP, 0});
    if (::poll(sockets.data(), sockets.size(), 0) <= 0) return;
    std::size_t i = 0;
    for (Watched* connection : handling_) {
        if (sockets[i++].revents != 0) connection->cancel_request(CancelReason::kClientGone);
    }
}

void ConnectionWatch::close_idle() noexcept {
    for (Watched* connection : waiting_) {
        if (connection->phase_ == Phase::kIdle) {
            connection->expire();
        } else if (connection->is_endless()) {
            connection->deadline_ =
                std::min(connection->deadline_, core_.clock.now() + kGoodbyeTime);
        }
    }
}

void ConnectionWatch::close_all() noexcept {
    for (Watched* connection : waiting_) connection->expire();
    for (Watched* connection : handling_) connection->cancel_request(CancelReason::kShutdown);
}

}  // namespace skald::api
