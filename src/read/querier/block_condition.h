// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_set.h"

#include <skald/read/logql/ast.h>
#include <skald/storage/block/block_filter.h>

#include <span>
#include <string>
#include <vector>

namespace skald::read {

/// What a block must hold for any of its rows to pass a pipeline, as far as a filter can tell.
/// Threading: immutable after building.
class BlockCondition {
public:
    /// Of the line filters that run over whole blocks.
    void require_lines(storage::FilterCondition lines) { lines_ = std::move(lines); }
    /// Of a label filter with no stage but line and label filters in front of it: equalities, which
    /// metadata may satisfy.
    void require_labels(const LabelFilter& filter);

    bool empty() const { return lines_.empty() && labels_.empty(); }
    /// False only if no row of these runs of the block can pass.
    bool may_hold_in(const storage::BlockFilter& filter, std::span<const storage::Run> runs) const;

private:
    /// One of these labels has its value.
    struct LabelClause {
        std::vector<std::string> names;
        std::vector<storage::FilterProbe> probes;
    };
    static std::vector<LabelClause> clauses_of(const LabelFilter& filter);
    static bool is_in_stream(const LabelClause& clause, const storage::Run& run);

    storage::FilterCondition lines_;
    std::vector<LabelClause> labels_;
};

}  // namespace skald::read
