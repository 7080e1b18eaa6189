// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"
#include "row_runner.h"
#include "run_set.h"

#include <skald/read/logql/parser.h>
#include <skald/read/querier/delete_selector.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

class DeleteSelector final : public storage::RowSelector {
public:
    DeleteSelector(std::vector<Matcher> matchers, bool has_stages,
                   std::shared_ptr<const Pipeline> pipeline)
        : matchers_(std::move(matchers)), has_stages_(has_stages), pipeline_(std::move(pipeline)) {}

    bool takes_stream(const Labels& labels) const override {
        return matches_all(matchers_, labels);
    }
    bool takes_all_rows() const override { return !has_stages_; }
    Result<void> select(const storage::Run& run, std::uint32_t begin, std::uint32_t end,
                        std::vector<std::uint32_t>& rows) const override {
        if (!may_hold_any(run)) return {};
        BlockColumns columns(run.block);
        const std::size_t first = rows.size();
        if (pipeline_->line_filter() != nullptr) {
            SKALD_TRY(const storage::LineColumn* lines, columns.lines());
            pipeline_->line_filter()->apply(*lines, begin, end, rows);
        } else {
            rows.resize(first + (end - begin));
            std::iota(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(), begin);
        }
        if (rows.size() == first) return {};
        return run_stages(run, columns, first, rows);
    }

private:
    bool may_hold_any(const storage::Run& run) const {
        if (pipeline_->block_condition().empty()) return true;
        const std::shared_ptr<const storage::BlockFilter> filter = run.block->filter();
        if (filter == nullptr) return true;
        return pipeline_->block_condition().may_hold_in(*filter, std::span(&run, 1));
    }

    /// Leaves of the rows from `first` on those that the stages behind the line filters let pass.
    Result<void> run_stages(const storage::Run& run, BlockColumns& columns, std::size_t first,
                            std::vector<std::uint32_t>& rows) const {
        if (!pipeline_->has_label_stages() && !pipeline_->has_row_stages()) return {};
        RowRunner runner(*pipeline_, nullptr);
        SKALD_CHECK(runner.start(run.stream->labels, columns));
        SKALD_TRY(const storage::TimeColumn* times, columns.times());
        const storage::LineColumn* lines = nullptr;
        if (pipeline_->has_row_stages()) {
            SKALD_TRY(lines, columns.lines());
        }
        const auto drops = [&](std::uint32_t row) {
            return !runner.run(row, times->values[row],
                               lines == nullptr ? std::string_view() : lines->line(row));
        };
        rows.erase(
            std::remove_if(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(), drops),
            rows.end());
        return {};
    }

    const std::vector<Matcher> matchers_;
    const bool has_stages_;
    const std::shared_ptr<const Pipeline> pipeline_;
};

}  // namespace

Result<std::shared_ptr<const storage::RowSelector>> delete_selector(std::string_view query) {
    SKALD_TRY(const ExprPtr expr, parse_query(query));
    if (!expr->is_log()) return Error{ErrorCode::kInvalidArgument, "only log queries delete lines"};
    const auto& log = std::get<LogExpr>(expr->node);
    // Nobody reads labels of what is left: parsers make only those that filters look at.
    SKALD_TRY(std::shared_ptr<const Pipeline> pipeline, Pipeline::create(log, NeededLabels{}));
    return std::shared_ptr<const storage::RowSelector>(
        std::make_shared<DeleteSelector>(log.matchers, !log.stages.empty(), std::move(pipeline)));
}

}  // namespace skald::read
