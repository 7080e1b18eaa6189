// SPDX-License-Identifier: Apache-2.0
#include "log_block.h"

#include "block_skip.h"
#include "line_scan.h"
#include "row_content.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace skald::read {

namespace {

/// Content that a worker has read and not handed over: it is not counted yet.
constexpr std::uint64_t kWaitingBytesMax = 4 * kMiB;

}  // namespace

Result<void> LogBlock::search(const BlockTask& task, TimeNs start, TimeNs end) {
    const std::span<const storage::Run> runs = runs_.runs_of(task);
    const bool is_wanted = std::any_of(runs.begin(), runs.end(),
                                       [&](const storage::Run& run) { return may_enter(run); });
    if (!is_wanted) {
        // With many streams most blocks are of this kind.
        stats_.runs_matched +=
            static_cast<std::uint64_t>(std::ranges::count_if(runs, [&](const storage::Run& run) {
                return run.max_time >= start && run.min_time <= end;
            }));
        return {};
    }
    if (skip_block(pipeline_.block_condition(), runs_, task,
                   slot_.costs ? &slot_.costs->filter : nullptr, stats_)) {
        return {};
    }
    columns_.emplace(runs_.run(task.run_begin).run.block,
                     slot_.costs ? &slot_.costs->read : nullptr);
    duplicates_.emplace(runs_, *columns_, start, end);
    Result<void> done = search_runs(task, start, end);
    columns_->account(stats_);
    return done;
}

Result<void> LogBlock::search_runs(const BlockTask& task, TimeNs start, TimeNs end) {
    for (std::uint32_t run = task.run_begin; run < task.run_end; ++run) {
        SKALD_TRY(std::optional<Part> part, make_part(run, start, end));
        if (!part) continue;
        if (pipeline_.line_filter() != nullptr) {
            filtered_.push_back(*std::move(part));
        } else {
            SKALD_CHECK(offer(*part, std::views::iota(part->rows.begin, part->rows.end)));
        }
    }
    if (!filtered_.empty()) {
        SKALD_CHECK(offer_filtered());
    }
    return {};
}

bool LogBlock::may_enter(const storage::Run& run) const {
    return collector_.may_enter(direction_ == Direction::kBackward ? run.max_time : run.min_time);
}

Result<std::optional<LogBlock::Part>> LogBlock::make_part(std::uint32_t index, TimeNs start,
                                                          TimeNs end) {
    const QueryRun run = runs_.run(index);
    if (run.run.max_time < start || run.run.min_time > end) return std::optional<Part>();
    ++stats_.runs_matched;
    if (!may_enter(run.run)) return std::optional<Part>();
    Part part;
    part.run = index;
    part.groups = &one_group();
    SKALD_TRY(const storage::TimeColumn* times, columns_->times());
    times_ = times->values;
    part.rows = rows_between(times_, run.run, start, end);
    // Rows that cannot be among the first any more.
    if (direction_ == Direction::kBackward) {
        part.rows.begin = gallop(times_, part.rows.begin, part.rows.end,
                                 [&](TimeNs time) { return !collector_.may_enter(time); });
    } else {
        part.rows.end = gallop(times_, part.rows.begin, part.rows.end,
                               [&](TimeNs time) { return collector_.may_enter(time); });
    }
    if (part.rows.size() == 0) return std::optional<Part>();
    if (pipeline_.has_label_stages()) {
        SKALD_TRY(part.groups,
                  groups_.find(pipeline_.label_needs(), run.run.stream->labels, *columns_));
        slot_.group_passes.reset(part.groups->count());
        const auto rows = std::views::iota(part.rows.begin, part.rows.end);
        if (std::none_of(rows.begin(), rows.end(),
                         [&](std::uint32_t row) { return passes(part, row); })) {
            stats_.lines_processed += part.rows.size();
            return std::optional<Part>();
        }
    }
    SKALD_TRY(part.duplicates, duplicates_->find(index));
    return std::optional<Part>(std::move(part));
}

bool LogBlock::passes(const Part& part, std::uint32_t row) {
    if (!pipeline_.has_label_stages()) return true;
    return slot_.group_passes.get(part.groups->of(row), [&](std::uint32_t group) {
        slot_.labels.reset(runs_.run(part.run).run.stream->labels);
        part.groups->add_labels(group, slot_.labels);
        return static_cast<std::uint8_t>(
            pipeline_.run_label_stages(slot_.labels, slot_.costs.get()));
    }) != 0;
}

Result<void> LogBlock::offer_filtered() {
    SKALD_TRY(const storage::LineColumn* lines, columns_->lines());
    std::vector<RowRange> ranges;
    ranges.reserve(filtered_.size());
    for (const Part& part : filtered_) ranges.push_back(part.rows);
    Result<void> done;
    scan_lines(*pipeline_.line_filter(), *lines, ranges, slot_.rows,
               slot_.costs ? &slot_.costs->line_filter : nullptr,
               [&](std::size_t index, std::span<const std::uint32_t> rows) {
                   const Part& part = filtered_[index];
                   slot_.group_passes.reset(part.groups->count());
                   if (done) done = offer(part, rows);
               });
    return done;
}

template <class Rows>
Result<void> LogBlock::offer(const Part& part, const Rows& rows) {
    const storage::LineColumn* lines = nullptr;
    if (pipeline_.has_row_stages() && !rows.empty()) {
        SKALD_TRY(lines, columns_->lines());
        SKALD_CHECK(slot_.runner.start(runs_.run(part.run).run.stream->labels, *columns_));
    }
    std::vector<LogCandidate> found;
    std::uint64_t looked_at = 0;
    std::uint64_t found_count = 0;
    Result<void> done;
    const auto consider = [&](std::uint32_t row) {
        ++looked_at;
        if (!collector_.may_enter(times_[row])) return false;
        if (std::binary_search(part.duplicates.begin(), part.duplicates.end(), row)) {
            ++stats_.duplicates;
        } else if (passes(part, row)) {
            LogCandidate candidate{
                .time = times_[row], .run = part.run, .row = row, .content = nullptr};
            if (lines != nullptr) {
                candidate.content = run_row(part, row, *lines);
                const RowLabels& labels = slot_.runner.row();
                if (labels.overflows()) done = RowLabels::overflow();
                if (!done || !slot_.watch.goes_on(labels.kept_bytes())) return false;
            }
            if (lines == nullptr || candidate.content != nullptr) {
                done = wait(std::move(candidate), found);
                ++found_count;
            }
        }
        return done && found_count < collector_.limit();
    };
    if (direction_ == Direction::kBackward) {
        auto at = std::make_reverse_iterator(rows.end());
        const auto last = std::make_reverse_iterator(rows.begin());
        while (at != last && consider(*at)) ++at;
    } else {
        auto at = rows.begin();
        while (at != rows.end() && consider(*at)) ++at;
    }
    SKALD_CHECK(done);
    note_rows(part, looked_at, found_count);
    if (found.empty()) return {};
    if (pipeline_.line_filter() != nullptr && lines == nullptr) return read_contents(part, found);
    return hand_over(found);
}

Result<void> LogBlock::wait(LogCandidate row, std::vector<LogCandidate>& waiting) {
    if (row.content != nullptr) waiting_bytes_ += memory_of(*row.content);
    waiting.push_back(std::move(row));
    if (waiting_bytes_ <= kWaitingBytesMax) return {};
    return hand_over(waiting);
}

Result<void> LogBlock::hand_over(std::vector<LogCandidate>& found) {
    waiting_bytes_ = 0;
    if (!collector_.add(found)) return *slot_.memory.refusal();
    found.clear();
    return {};
}

std::unique_ptr<RowContent> LogBlock::run_row(const Part& part, std::uint32_t row,
                                              const storage::LineColumn& lines) {
    if (!slot_.runner.run(row, times_[row], lines.line(row))) return nullptr;
    return row_content(slot_.runner.row(), runs_.run(part.run).run.stream->labels);
}

void LogBlock::note_rows(const Part& part, std::uint64_t looked_at, std::uint64_t found) {
    const QueryRun run = runs_.run(part.run);
    const bool filtered = pipeline_.line_filter() != nullptr;
    const std::uint64_t lines = filtered ? part.rows.size() : looked_at;
    stats_.lines_processed += lines;
    stats_.post_filter_lines += found;
    if (slot_.costs) {
        slot_.costs->output.rows += looked_at;
        slot_.costs->output.passed += found;
    }
    // What is not read here is read with the content.
    const bool read_lines = filtered || pipeline_.has_row_stages();
    const std::uint64_t bytes = read_lines ? run.run.line_bytes * lines / run.run.rows() : 0;
    stats_.bytes_processed += bytes;
    if (run.in_memory) {
        stats_.memory_lines += lines;
        stats_.memory_bytes += bytes;
    }
}

Result<void> LogBlock::read_contents(const Part& part, std::vector<LogCandidate>& found) {
    const Labels& labels = runs_.run(part.run).run.stream->labels;
    std::vector<LogCandidate> read;
    for (LogCandidate& row : found) {
        // Another worker may have found better rows meanwhile.
        if (!collector_.may_enter(row.time)) continue;
        SKALD_TRY(row.content,
                  read_row_content(pipeline_, labels, *columns_, row.row, slot_.labels));
        SKALD_CHECK(wait(std::move(row), read));
    }
    return hand_over(read);
}

}  // namespace skald::read
