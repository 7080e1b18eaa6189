// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_columns.h"
#include "log_block.h"
#include "log_collector.h"
#include "pipeline.h"
#include "query_context.h"
#include "run_set.h"

#include <skald/foundation/base/result.h>
#include <skald/read/querier/query.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace skald::read {

/// Finds the first `limit` rows of a log query in its direction.
///
/// Phase one looks for them: blocks in time order, each only as far as its rows can still be among
/// the first. Phase two reads the content of those found, if their lines were not looked at before.
/// Threading: `search` and `read_content` by several workers at once, each with a slot of its own;
/// the rest between the phases.
class LogQuery {
public:
    /// Rows with times in [start, end].
    struct Range {
        TimeNs start = 0;
        TimeNs end = 0;
    };

    LogQuery(QueryContext& context, const Pipeline& pipeline, std::shared_ptr<const RunSet> runs,
             Range range, std::size_t limit, std::size_t slots);

    std::size_t searches() const { return order_.size(); }
    void search(std::size_t slot, std::size_t index);

    /// Ends phase one.
    void rank();
    /// Rows found, in the order of the direction. Those taken out between the phases are not read.
    std::vector<LogCandidate>& rows() noexcept { return rows_; }
    /// Starts phase two; returns how many blocks there are to read.
    std::size_t plan_content();
    void read_content(std::size_t slot, std::size_t index);

    /// Requires: the query asks for its plan; called between the phases.
    PlanPart explain(std::string text) const;

private:
    Result<void> read_rows(LogSlot& slot, BlockColumns& columns,
                           const std::vector<std::uint32_t>& rows, QueryStats& stats);

    QueryContext& context_;
    const Pipeline& pipeline_;
    std::shared_ptr<const RunSet> runs_;
    const Range range_;
    LogCollector collector_;
    std::vector<std::uint32_t> order_;  ///< Tasks, those first that the direction meets first.
    std::vector<LogSlot> slots_;
    std::vector<LogCandidate> rows_;
    /// Per block the indexes of rows that lack content.
    std::vector<std::vector<std::uint32_t>> missing_;
};

}  // namespace skald::read
