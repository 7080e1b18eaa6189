// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_condition.h"
#include "needed_labels.h"
#include "row_labels.h"
#include "stage_cost.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/label_filter.h>
#include <skald/read/logql/line_filter.h>
#include <skald/read/logql/row_stage.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace skald::read {

/// The stages of a log expression, compiled.
///
/// As much as can is done for many rows at once: line filters before the first stage that changes
/// the line run over whole blocks, and label stages before the first stage that works on a row's
/// line run once for all rows with equal labels. What is left runs row by row, and parsers make
/// only the labels that later stages or the output read.
/// `costs` may be null; else each stage's cost is added to it.
/// Threading: immutable, thread-safe.
class Pipeline {
public:
    /// For log queries, which show all labels. Errors: kInvalidArgument (a stage that cannot be
    /// built).
    static Result<std::shared_ptr<const Pipeline>> create(const LogExpr& log);
    /// For metric queries. `output`: labels that rows are told apart by or that are read
    /// otherwise.
    static Result<std::shared_ptr<const Pipeline>> create(const LogExpr& log,
                                                          const NeededLabels& output);

    /// Those that run over whole blocks; null if every line passes.
    const LineFilterProgram* line_filter() const noexcept { return line_filter_.get(); }
    /// Blocks for which it does not hold have no row that passes.
    const BlockCondition& block_condition() const noexcept { return block_condition_; }
    bool has_label_stages() const noexcept { return row_begin_ > 0; }
    /// Runs the label stages before the first row stage. False if the row is dropped.
    bool run_label_stages(RowLabels& labels, PlanCosts* costs) const {
        return run(labels, 0, row_begin_, costs);
    }
    bool has_row_stages() const noexcept { return row_begin_ < steps_.size(); }
    /// Runs all that follows those. False if the row is dropped.
    bool run_row_stages(RowLabels& labels, PlanCosts* costs) const {
        return run(labels, row_begin_, steps_.size(), costs);
    }

    /// Label and row stages together, and how many of them are label stages.
    std::size_t steps() const noexcept { return steps_.size(); }
    std::size_t label_steps() const noexcept { return row_begin_; }
    /// As written in a query.
    const std::string& step_text(std::size_t step) const { return texts_[step]; }
    const std::string& line_filter_text() const noexcept { return line_filter_text_; }

    /// Labels of the stream and metadata that the label stages read.
    const NeededLabels& label_needs() const noexcept { return label_needs_; }
    /// Labels of the stream and metadata that any stage, or the output, reads.
    const NeededLabels& row_needs() const noexcept { return row_needs_; }
    /// A stage looks at the error label itself, so it doesn't make a metric query fail.
    bool reads_error() const noexcept { return reads_error_; }

private:
    friend class PipelineBuilder;

    struct Filter {
        std::shared_ptr<const LabelFilterProgram> program;
    };
    struct Choose {
        std::vector<LabelChoice> choices;
        bool keep = false;
    };
    using Step = std::variant<Filter, Choose, std::shared_ptr<const RowStage>,
                              std::shared_ptr<const LineFilterProgram>>;

    bool run(RowLabels& labels, std::size_t begin, std::size_t end, PlanCosts* costs) const;
    bool run_step(std::size_t step, RowLabels& labels) const;
    static bool run(const Filter& filter, RowLabels& labels);
    static bool run(const Choose& choose, RowLabels& labels);
    static bool run(const std::shared_ptr<const RowStage>& stage, RowLabels& labels);
    static bool run(const std::shared_ptr<const LineFilterProgram>& filter, RowLabels& labels);

    std::shared_ptr<const LineFilterProgram> line_filter_;
    std::string line_filter_text_;
    BlockCondition block_condition_;
    std::vector<Step> steps_;
    std::vector<std::string> texts_;  ///< Of the steps.
    std::size_t row_begin_ = 0;       ///< The first row stage.
    NeededLabels label_needs_;
    NeededLabels row_needs_;
    bool reads_error_ = false;
};

}  // namespace skald::read
