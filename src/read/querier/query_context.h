// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "stop_sign.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/cancel.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/read/querier/query.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald::read {

/// What the parts of one running query share: what was asked, when to stop, and what is found on
/// the way.
/// Threading: thread-safe but for `slots`, of which each belongs to the worker that has its number.
struct QueryContext {
    /// Counters of one slot, on a cache line of their own.
    struct alignas(64) Slot {
        QueryStats stats;
    };

    QueryRequest request;
    std::shared_ptr<const Limits> limits;
    StopSign stop;
    Clock& clock;
    std::vector<Slot> slots;
    /// Shared with the answer, which holds some of it until it is sent.
    std::shared_ptr<QueryMemory> memory;

    QueryContext(QueryRequest asked, CancelToken token, Clock& query_clock,
                 MemoryBudget* budget = nullptr)
        : request(std::move(asked)),
          stop(std::move(token), query_clock),
          clock(query_clock),
          memory(std::make_shared<QueryMemory>(budget)) {}

    /// True if nobody waits for the answer any more or the time is up; asked for each block.
    bool should_stop() const { return stop.is_up() || failed(); }

    /// Ends the query with `error`; the first one wins. If memory was refused, that is the error.
    void fail(Error error);
    bool failed() const { return failed_.load(std::memory_order_relaxed); }
    /// Notes that a block could not be read: a warning if it is damaged, the end of the query else.
    void block_failed(Error error);
    void block_read() { blocks_read_.store(true, std::memory_order_relaxed); }
    void warn(std::string text);

    /// Why there is no answer, if so.
    Result<void> outcome();
    /// The first damaged block's error, if there was one.
    Result<void> damage();
    std::vector<std::string> take_warnings();
    /// The sum of all slots.
    QueryStats total_stats() const;

private:
    struct Findings {
        std::optional<Error> error;
        std::optional<Error> damage;  ///< Of the first damaged block.
        std::vector<std::string> warnings;
    };

    Guarded<Findings> findings_;
    std::atomic<bool> failed_{false};
    std::atomic<bool> blocks_read_{false};
};

/// a + b and a - b that stop at the ends of time instead of wrapping around.
TimeNs add_times(TimeNs a, DurationNs b) noexcept;
TimeNs subtract_times(TimeNs a, DurationNs b) noexcept;

}  // namespace skald::read
