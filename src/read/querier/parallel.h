// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>

#include <cstddef>
#include <functional>

namespace skald::read {

/// Runs `body(slot, index)` once for every index below `count` when it is its turn and resumes when
/// all have returned. Indexes are handed out in order; at most `slots` run at a time, each with a
/// slot number of its own below `slots`, so that a body can keep state per slot without locks.
/// After a few milliseconds, or at once if others wait, a slot gives its worker up and waits for
/// the next turn: a long query doesn't keep a worker from others. Requires: what `body` captures
/// lives until the task has ended or is owned by it.
Task<bool> run_parallel(WorkerPool& workers, Clock& clock, Turn turn, std::size_t count,
                        std::size_t slots,
                        std::function<void(std::size_t slot, std::size_t index)> body);

}  // namespace skald::read
