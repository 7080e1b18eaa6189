// SPDX-License-Identifier: Apache-2.0
#include "log_query.h"

#include "explain.h"
#include "row_content.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace skald::read {

LogQuery::LogQuery(QueryContext& context, const Pipeline& pipeline,
                   std::shared_ptr<const RunSet> runs, Range range, std::size_t limit,
                   std::size_t slots)
    : context_(context),
      pipeline_(pipeline),
      runs_(std::move(runs)),
      range_(range),
      collector_(*runs_, context.request.direction, limit, context.memory.get()),
      order_(runs_->tasks().size()) {
    slots_.reserve(slots);
    for (std::size_t i = 0; i < slots; ++i) slots_.emplace_back(pipeline_, context);
    std::iota(order_.begin(), order_.end(), 0U);
    const std::vector<BlockTask>& tasks = runs_->tasks();
    if (context.request.direction == Direction::kBackward) {
        std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return tasks[a].max_time > tasks[b].max_time;
        });
    } else {
        std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return tasks[a].min_time < tasks[b].min_time;
        });
    }
}

void LogQuery::search(std::size_t slot, std::size_t index) {
    if (context_.should_stop()) return;
    constexpr std::size_t kAhead = 8;
    if (index + kAhead < order_.size()) runs_->prefetch(order_[index + kAhead]);
    const BlockTask& task = runs_->tasks()[order_[index]];
    LogBlock block(pipeline_, *runs_, collector_, context_.request.direction, slots_[slot],
                   context_.slots[slot].stats);
    Result<void> done = block.search(task, range_.start, range_.end);
    if (done) {
        context_.block_read();
    } else {
        context_.block_failed(std::move(done).error());
    }
}

void LogQuery::rank() {
    rows_ = collector_.take();
}

std::size_t LogQuery::plan_content() {
    missing_.clear();
    std::unordered_map<const storage::Block*, std::size_t> blocks;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].content != nullptr) continue;
        const storage::Block* block = runs_->run(rows_[i].run).run.block.get();
        const std::size_t number = blocks.try_emplace(block, missing_.size()).first->second;
        if (number == missing_.size()) missing_.emplace_back();
        missing_[number].push_back(i);
    }
    return missing_.size();
}

void LogQuery::read_content(std::size_t slot, std::size_t index) {
    if (context_.should_stop()) return;
    const std::vector<std::uint32_t>& rows = missing_[index];
    BlockColumns columns(runs_->run(rows_[rows.front()].run).run.block);
    QueryStats& stats = context_.slots[slot].stats;
    Result<void> done = read_rows(slots_[slot], columns, rows, stats);
    columns.account(stats);
    if (done) {
        context_.block_read();
    } else {
        context_.block_failed(std::move(done).error());
    }
}

PlanPart LogQuery::explain(std::string text) const {
    PlanCosts costs(pipeline_.steps(), context_.clock);
    for (const LogSlot& slot : slots_) costs.add(*slot.costs);
    return read::explain(std::move(text), pipeline_, costs, "first rows");
}

Result<void> LogQuery::read_rows(LogSlot& slot, BlockColumns& columns,
                                 const std::vector<std::uint32_t>& rows, QueryStats& stats) {
    for (const std::uint32_t index : rows) {
        LogCandidate& row = rows_[index];
        const Labels& labels = runs_->run(row.run).run.stream->labels;
        SKALD_TRY(row.content, read_row_content(pipeline_, labels, columns, row.row, slot.labels));
        if (!context_.memory->take(memory_of(*row.content))) return *context_.memory->refusal();
        stats.bytes_processed += row.content->line.size();
    }
    return {};
}

}  // namespace skald::read
