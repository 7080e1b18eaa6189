// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_share.h"
#include "request_metrics.h"
#include "router.h"

#include <skald/api/http_server.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task_group.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace skald::api {

/// What the connections of a server share. Threading: thread-safe.
class ServerCore {
public:
    ServerCore(HttpServer::Options wanted, std::shared_ptr<const Router> routes, WorkerPool& pool,
               Clock& time, MetricsRegistry& registry)
        : options(std::move(wanted)),
          router(std::move(routes)),
          workers(pool),
          clock(time),
          metrics(registry),
          memory(options.memory ? options.memory
                                : std::make_shared<MemoryBudget>(options.body_budget)),
          budget(*memory),
          surface(options.is_admin                 ? Surface::kAdmin
                  : options.admin_port_is_separate ? Surface::kPublic
                                                   : Surface::kEverything) {}

    const HttpServer::Options options;
    const std::shared_ptr<const Router> router;
    WorkerPool& workers;
    Clock& clock;
    RequestMetrics metrics;
    const std::shared_ptr<MemoryBudget> memory;
    MemoryBudget& budget;
    const Surface surface;
    TaskGroup tasks;
    std::atomic<bool> stopping{false};  ///< No further request on any connection.
    std::atomic<bool> aborting{false};  ///< The grace is over.
    std::atomic<bool> ended{false};     ///< No connection is left; the watches may go.

    void connection_opened() {
        std::lock_guard hold(mutex_);
        ++connections_;
        metrics.connections.add(1);
    }
    void connection_closed() {
        std::lock_guard hold(mutex_);
        --connections_;
        metrics.connections.add(-1);
        if (connections_ == 0) none_left_.notify_all();
    }
    std::size_t connections() const {
        std::lock_guard hold(mutex_);
        return connections_;
    }
    /// False if some are left after `patience`.
    bool wait_for_none(DurationNs patience) {
        std::unique_lock hold(mutex_);
        return none_left_.wait_for(hold, std::chrono::nanoseconds(patience),
                                   [this] { return connections_ == 0; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable none_left_;
    std::size_t connections_ = 0;
};

}  // namespace skald::api
