// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.h"
#include "row_groups.h"
#include "row_labels.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace skald::read {

/// Runs all label and row stages of a pipeline over single rows. Rows that follow each other with
/// equal metadata share the work that is done before the first row stage.
/// Threading: single-owner.
class RowRunner {
public:
    /// `costs` may be null.
    RowRunner(const Pipeline& pipeline, PlanCosts* costs) : pipeline_(pipeline), costs_(costs) {}

    /// Goes to rows of a stream in a block; both must live until the next call.
    /// Errors: those of reading columns.
    Result<void> start(const Labels& stream, BlockColumns& columns);
    /// False if a stage drops the row. `line` must live as long as the labels are looked at.
    bool run(std::uint32_t row, TimeNs time, std::string_view line);
    /// Of the row at hand, as the stages have left it.
    RowLabels& row() noexcept { return row_; }

private:
    bool same_metadata(std::uint32_t row) const;
    void begin(std::uint32_t row);

    const Pipeline& pipeline_;
    PlanCosts* const costs_;
    RowLabels row_;
    const Labels* stream_ = nullptr;
    std::vector<NamedColumn> columns_;
    std::vector<std::uint32_t> values_;  ///< In `columns_`, of the rows that share the labels.
    bool begun_ = false;
    bool passes_ = false;
};

}  // namespace skald::read
