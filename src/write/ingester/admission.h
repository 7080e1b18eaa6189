// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "memory_ledger.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>

#include <atomic>
#include <cstdint>
#include <functional>

namespace skald::write {

/// Decides whether a push may take memory now. Past a budget it waits a while, then it is refused:
/// delaying first lets the sealing and flushing catch up without an error that clients must retry.
/// Threading: thread-safe.
class Admission {
public:
    struct Options {
        std::uint64_t memory_budget = 0;  ///< Memtables and pushes in flight together.
        std::uint64_t in_flight_max = 0;  ///< Bytes of pushes between check and memtable.
        std::uint64_t sealing_max = 0;    ///< Bytes of closed blocks that wait to be sealed.
        DurationNs delay_max = 0;
    };

    Admission(const Options& options, const MemoryLedger& ledger, Clock& clock)
        : options_(options), ledger_(ledger), clock_(clock) {}

    /// Takes `bytes` if there is room. A push larger than a limit gets in when it is alone.
    bool try_enter(std::uint64_t bytes);
    /// Waits for room, at most Options::delay_max and not when `stopping` says so.
    /// Errors: kUnavailable.
    Task<Result<void>> enter(std::uint64_t bytes, const std::atomic<bool>& stopping);
    void leave(std::uint64_t bytes) { in_flight_.fetch_sub(bytes); }
    std::uint64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

private:
    bool has_room(std::uint64_t in_flight) const;
    Error refusal() const;

    const Options options_;
    const MemoryLedger& ledger_;
    Clock& clock_;
    std::atomic<std::uint64_t> in_flight_{0};
};

}  // namespace skald::write
