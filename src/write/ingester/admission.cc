// SPDX-License-Identifier: Apache-2.0
#include "admission.h"

#include "shutting_down.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <chrono>

namespace skald::write {
namespace {

constexpr std::chrono::milliseconds kFirstWait{1};
constexpr std::chrono::milliseconds kLongestWait{8};

std::uint64_t positive(std::int64_t value) {
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

}  // namespace

/// `in_flight` includes the push that asks.
bool Admission::has_room(std::uint64_t in_flight) const {
    return in_flight <= options_.in_flight_max &&
           positive(ledger_.rows.load(std::memory_order_relaxed)) + in_flight <=
               ledger_.left_for_rows(options_.memory_budget) &&
           positive(ledger_.sealing.load(std::memory_order_relaxed)) <= options_.sealing_max;
}

bool Admission::try_enter(std::uint64_t bytes) {
    const std::uint64_t before = in_flight_.fetch_add(bytes);
    if (has_room(before + bytes)) return true;
    // Alone and larger than what is allowed at once: nothing better will come for it.
    if (before == 0 && bytes > options_.in_flight_max && has_room(options_.in_flight_max))
        return true;
    in_flight_.fetch_sub(bytes);
    return false;
}

Task<Result<void>> Admission::enter(std::uint64_t bytes, const std::atomic<bool>& stopping) {
    const Clock::TimePoint deadline = clock_.now() + std::chrono::nanoseconds(options_.delay_max);
    std::chrono::milliseconds wait = kFirstWait;
    while (!try_enter(bytes)) {
        if (stopping.load()) co_return shutting_down();
        const Clock::TimePoint now = clock_.now();
        if (now >= deadline) co_return refusal();
        co_await clock_.sleep_until(std::min(deadline, now + wait));
        wait = std::min(2 * wait, kLongestWait);
    }
    co_return Result<void>();
}

Error Admission::refusal() const {
    const bool memory = positive(ledger_.rows.load()) + in_flight() >
                        ledger_.left_for_rows(options_.memory_budget) / 2;
    return {ErrorCode::kUnavailable, memory
                                         ? "ingester memory budget exhausted, retry (memory.ingest)"
                                         : "ingester has too many bytes in flight, retry"};
}

}  // namespace skald::write
