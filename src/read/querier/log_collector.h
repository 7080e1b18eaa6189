// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query_memory.h"
#include "run_set.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/read/querier/query.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::read {

/// What an answer shows of a row.
struct RowContent {
    std::string line;
    Labels stream;  ///< The index labels that the stages left.
    Labels metadata;
    Labels parsed;
};

/// A row that may be in the answer. Its content is read with it if its line had to be looked at
/// anyway, else only once it is certain that the row is in the answer.
struct LogCandidate {
    TimeNs time = 0;
    std::uint32_t run = 0;  ///< Into RunSet::runs.
    std::uint32_t row = 0;  ///< In the run's block.
    std::unique_ptr<RowContent> content;
};

/// What the content of a row costs in memory until its answer is sent: as it is, in the answer, and
/// in the text of the answer.
std::uint64_t memory_of(const RowContent& content) noexcept;

/// Keeps the best `limit` rows of those offered: the newest for backward, the oldest for forward.
/// At equal times streams go by their order in the run set; inside a stream forward is the order of
/// arrival and backward its exact reverse.
/// Threading: thread-safe.
class LogCollector {
public:
    /// `memory` must outlive it; null: memory is not counted.
    LogCollector(const RunSet& runs, Direction direction, std::size_t limit,
                 QueryMemory* memory = nullptr);

    /// False if rows of this time come after `limit` others for certain.
    bool may_enter(TimeNs time) const {
        const TimeNs bound = bound_.load(std::memory_order_relaxed);
        return direction_ == Direction::kBackward ? time >= bound : time <= bound;
    }
    std::size_t limit() const noexcept { return limit_; }
    /// Takes those of the rows that are among the best so far. False if there is no memory for
    /// them.
    bool add(std::vector<LogCandidate>& rows);
    /// The rows in the order of the direction; leaves it empty.
    std::vector<LogCandidate> take();

private:
    bool comes_before(const LogCandidate& a, const LogCandidate& b) const;

    const RunSet& runs_;
    const Direction direction_;
    const std::size_t limit_;
    QueryMemory* const memory_;
    /// Time of the last of the best rows once there are `limit` of them.
    std::atomic<TimeNs> bound_;
    Guarded<std::vector<LogCandidate>> heap_;  ///< The last one on top.
};

}  // namespace skald::read
