// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"

#include <skald/foundation/runtime/suspend.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

namespace skald::read {
namespace {

/// How long a slot may keep its worker before others get their turn.
constexpr std::chrono::milliseconds kTurn{1};
/// How often it looks whether others wait.
constexpr std::chrono::microseconds kLook{200};

constexpr std::size_t kMany = 4096;
constexpr std::size_t kBatch = 8;

struct Work {
    WorkerPool& workers;
    Clock& clock;
    const Turn turn;
    const std::size_t count;
    const std::size_t batch;  ///< Indexes that are taken at a time.
    const std::function<void(std::size_t, std::size_t)> body;
    const std::function<void(bool)> resume;
    std::atomic<std::size_t> running{0};  ///< Slots that are at their turn.
    std::atomic<std::size_t> next{0};
    std::atomic<bool> resumed{false};
};

/// The last one out publishes what all slots wrote. A slot whose first turn comes later finds
/// nothing to do: nobody waits for it.
void end_turn(Work& work) {
    const bool is_last = work.running.fetch_sub(1, std::memory_order_acq_rel) == 1;
    if (!is_last || work.next.load(std::memory_order_acquire) < work.count) return;
    if (!work.resumed.exchange(true)) work.resume(true);
}

void take_turn(const std::shared_ptr<Work>& work, std::size_t slot) {
    work->running.fetch_add(1, std::memory_order_acq_rel);
    // Whoever comes when all is done may find only the work itself: the caller has gone on.
    if (work->next.load(std::memory_order_acquire) >= work->count) return end_turn(*work);
    const Clock::TimePoint until = work->clock.now() + kTurn;
    Clock::TimePoint look = work->clock.now() + kLook;
    for (;;) {
        const std::size_t first = work->next.fetch_add(work->batch, std::memory_order_relaxed);
        if (first >= work->count) break;
        const std::size_t end = std::min(first + work->batch, work->count);
        for (std::size_t index = first; index < end; ++index) work->body(slot, index);
        const Clock::TimePoint now = work->clock.now();
        if (now < look) continue;
        look = now + kLook;
        work->workers.make_way();
        const bool makes_way = now >= until || work->workers.others_wait(work->turn);
        if (makes_way && work->next.load(std::memory_order_relaxed) < work->count) {
            work->workers.post(work->turn, [work, slot] { take_turn(work, slot); });
            break;
        }
    }
    end_turn(*work);
}

}  // namespace

Task<bool> run_parallel(WorkerPool& workers, Clock& clock, Turn turn, std::size_t count,
                        std::size_t slots,
                        std::function<void(std::size_t slot, std::size_t index)> body) {
    if (count == 0) co_return true;
    const std::size_t used = std::clamp<std::size_t>(slots, 1, count);
    std::function<void(std::function<void(bool)>)> start = [&](std::function<void(bool)> resume) {
        // Many are small as a rule: looking at the clock would cost as much.
        const std::size_t batch = count / used >= kMany ? kBatch : 1;
        const auto work = std::make_shared<Work>(workers, clock, turn, count, batch,
                                                 std::move(body), std::move(resume));
        for (std::size_t slot = 0; slot < used; ++slot) {
            workers.post(turn, [work, slot] { take_turn(work, slot); });
        }
    };
    co_return co_await suspend<bool>(std::move(start));
}

}  // namespace skald::read
