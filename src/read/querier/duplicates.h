// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "run_set.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace skald::read {

/// Finds rows of the runs of one block that repeat a row (time, line, level, metadata) of a run of
/// the same stream that arrived earlier. Looks only at rows with times in [start, end].
///
/// Only the overlapping time span is searched, in the time columns; other columns are read where
/// nanoseconds coincide. Another block that is damaged repeats nothing.
/// Threading: single-owner; lives for one block.
class DuplicateFinder {
public:
    /// `own` are the columns of the block.
    DuplicateFinder(const RunSet& runs, BlockColumns& own, TimeNs start, TimeNs end)
        : runs_(runs), own_(own), start_(start), end_(end) {}

    /// Rows of the run, ascending. Cost: nothing if it overlaps no other run of its stream.
    /// Errors: those of reading `own`.
    Result<std::vector<std::uint32_t>> find(std::uint32_t run);

private:
    Result<void> search(const storage::Run& mine, const storage::Run& theirs,
                        std::vector<std::uint32_t>& found);
    BlockColumns& columns_of(const std::shared_ptr<const storage::Block>& block);

    const RunSet& runs_;
    BlockColumns& own_;
    const TimeNs start_;
    const TimeNs end_;
    /// Other blocks looked at last: neighbouring runs of a shared block overlap runs of one other
    /// block, as a rule. Few, because each holds decoded columns.
    std::array<std::unique_ptr<BlockColumns>, 2> others_;
    std::size_t next_ = 0;
};

}  // namespace skald::read
