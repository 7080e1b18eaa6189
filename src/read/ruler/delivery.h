// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_post.h"

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/runtime/io_threads.h>
#include <skald/foundation/runtime/task_group.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>

namespace skald::read {

/// Something that is to be delivered: built into a request when its turn comes.
struct Parcel {
    std::string tenant;
    std::string body;
    std::size_t count = 1;  ///< Alerts or samples in it, for the metrics.
};

/// A bounded queue to one receiver, which tenants may have replaced by their own. What is of one
/// tenant is delivered in order; tenants don't wait for each other. What fails in a way that may
/// pass is sent again with growing pauses, for some minutes; then it is dropped. When the queue is
/// full the oldest parcel gives way.
/// Threading: thread-safe.
class Delivery {
public:
    struct Options {
        std::size_t bytes_max = 16 << 20;
        std::size_t parcels_max = 10'000;
        std::size_t merged_max = 1;  ///< Parcels of one tenant that go in one request.
        std::size_t attempts_max = 8;
        DurationNs pause_min = kNanosPerSecond;
        DurationNs pause_max = 30 * kNanosPerSecond;
    };
    /// What happened to parcels with so many things in them.
    struct Outcomes {
        std::function<void(const std::string& tenant, std::size_t count)> sent;
        std::function<void(const std::string& tenant, std::size_t count)> failed;
        std::function<void(const std::string& tenant, std::size_t count)> dropped;
    };
    /// The request for parcels of one tenant.
    using Pack = std::function<HttpPost(const std::string& tenant, const std::deque<Parcel>&)>;

    Delivery(Options options, Pack pack, Outcomes outcomes, Clock& clock)
        : options_(options),
          pack_(std::move(pack)),
          outcomes_(std::move(outcomes)),
          clock_(clock) {}

    void put(Parcel parcel);
    /// Parcels that wait.
    std::size_t waiting() const;
    /// Sends, by tasks of `group` on `executor`, until the group closes.
    Task<> run(TaskGroup& group, Executor executor);
    /// True if something waits and nobody drains the queue: the caller has to.
    bool claim();
    /// Sends what waits and what comes meanwhile, one request after the other; ends when the queue
    /// is empty or the group closes. For a queue that is seldom used, instead of `run`.
    /// Requires: `claim` was true.
    Task<> drain(const TaskGroup& group);

private:
    struct Queue {
        std::deque<Parcel> parcels;
        std::size_t bytes = 0;
        std::set<std::string> under_way;  ///< Tenants with a request that has not ended.
        bool claimed = false;             ///< Somebody drains it.
    };

    std::deque<Parcel> take();
    bool give_up_claim();
    Task<> deliver(const TaskGroup& group, std::deque<Parcel> parcels);
    Task<> send_or_drop(const TaskGroup& group, const std::deque<Parcel>& parcels);
    Task<> rest(const TaskGroup& group, DurationNs time);

    const Options options_;
    const Pack pack_;
    const Outcomes outcomes_;
    Clock& clock_;
    Guarded<Queue> queue_;
};

}  // namespace skald::read
