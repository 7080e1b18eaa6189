// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace skald::read {

/// Builds the pipeline of one log expression. Threading: single-owner; `build` is called once.
class PipelineBuilder {
public:
    /// Both must outlive the builder.
    PipelineBuilder(const LogExpr& log, const NeededLabels& output) : log_(log), output_(output) {}

    Result<std::shared_ptr<const Pipeline>> build();

private:
    Result<void> compile_stages();
    Result<void> compile(const Stage& stage);
    Result<void> compile_line_filters();
    void find_block_condition();
    Result<void> compile_row_stages();
    void read_labels();
    void find_label_needs();
    void find_row_needs();
    bool skips(const Stage& stage) const;

    const LogExpr& log_;
    const NeededLabels& output_;
    std::shared_ptr<Pipeline> pipeline_;
    std::vector<const Stage*> stage_of_;  ///< For each step of the pipeline.
    std::vector<LineFilter> block_filters_;
    bool line_changed_ = false;
    /// What any stage or the output reads, wherever it stands: parsers stop once they have found
    /// these, so that errors behind them are not noticed.
    NeededLabels read_;
};

}  // namespace skald::read
