// SPDX-License-Identifier: Apache-2.0
#include "range_block.h"

#include "block_skip.h"
#include "line_scan.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/bounded_text.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>

namespace skald::read {
namespace {

constexpr std::size_t kErrorLabelsMax = 4 * kKiB;

Error pipeline_error(const RowLabels& labels) {
    // A stage may have made labels of whole lines, and this goes into the answer and the log.
    const std::string type = bounded_text(labels.error(), kErrorLabelsMax);
    const std::string series = bounded_text(labels.merged().to_string(), kErrorLabelsMax);
    return {ErrorCode::kInvalidArgument,
            "pipeline error: '" + type + "' for series: '" + series +
                "'.\nUse a label filter to intentionally skip this error. (e.g | __error__!=\"" +
                type +
                "\").\nTo skip all potential errors you can match empty errors.(e.g "
                "__error__=\"\")\nThe label filter can also be specified after unwrap. (e.g | "
                "unwrap latency | __error__=\"\" )\n"};
}

}  // namespace

Result<void> RangeBlock::count(const BlockTask& task) {
    if (skip_block(plan_.pipeline->block_condition(), runs_, task,
                   slot_.costs ? &slot_.costs->filter : nullptr, stats_)) {
        return {};
    }
    columns_.emplace(runs_.run(task.run_begin).run.block,
                     slot_.costs ? &slot_.costs->read : nullptr);
    duplicates_.emplace(runs_, *columns_, windows_.first_time(), windows_.last_time());
    Result<void> done = count_runs(task);
    columns_->account(stats_);
    return done;
}

Result<void> RangeBlock::count_runs(const BlockTask& task) {
    for (std::uint32_t run = task.run_begin; run < task.run_end; ++run) {
        SKALD_CHECK(count_run(run));
    }
    if (!filtered_.empty()) {
        SKALD_CHECK(count_filtered());
    }
    return {};
}

Result<void> RangeBlock::count_run(std::uint32_t index) {
    const QueryRun run = runs_.run(index);
    if (run.run.max_time < windows_.first_time() || run.run.min_time > windows_.last_time()) {
        return {};
    }
    ++stats_.runs_matched;
    SKALD_TRY(const RowGroups* groups,
              groups_.find(plan_.group_needs(), run.run.stream->labels, *columns_));
    const bool by_stream = groups->columns().empty();
    if (by_stream && stream_series(index) == RangeSlot::kDropped) {
        stats_.lines_processed += run.run.rows();
        return {};
    }
    SKALD_TRY(Part part, make_part(index, groups));
    if (part.rows.size() == 0) return {};
    if (!by_stream) slot_.group_series.reset(groups->count());
    if (plan_.pipeline->line_filter() != nullptr || plan_.by_row()) {
        if (by_stream || any_passes(part)) filtered_.push_back(std::move(part));
        return {};
    }
    if (!groups->single()) {
        return count_each(part, std::views::iota(part.rows.begin, part.rows.end));
    }
    const std::int32_t series = series_of(part, 0);
    if (series == RangeSlot::kDropped) return {};
    return count_by_edges(part, series);
}

Result<RangeBlock::Part> RangeBlock::make_part(std::uint32_t index, const RowGroups* groups) {
    const QueryRun run = runs_.run(index);
    const TimeNs first = windows_.first_time();
    const TimeNs last = windows_.last_time();
    Part part;
    part.run = index;
    part.groups = groups;
    part.rows = {run.run.row_begin, run.run.row_end};
    const TimeNs from = std::max(run.run.min_time, first);
    const std::size_t bucket = windows_.bucket_of(from);
    const bool inside = run.run.min_time >= first && run.run.max_time <= last;
    if (inside && run.run.max_time <= windows_.bucket_end(bucket)) {
        part.bucket = bucket;
    } else {
        SKALD_TRY(const storage::TimeColumn* times, columns_->times());
        times_ = times->values;
        part.rows = rows_between(times_, run.run, first, last);
    }
    SKALD_TRY(part.duplicates, duplicates_->find(index));
    stats_.duplicates += part.duplicates.size();
    return part;
}

Result<void> RangeBlock::count_by_edges(const Part& part, std::int32_t series) {
    const QueryRun run = runs_.run(part.run);
    const std::uint64_t rows = part.rows.size() - part.duplicates.size();
    note_rows(part, rows);
    if (rows == 0) return {};
    if (series == RangeSlot::kError) {
        fail_with_error_label(part, 0);
        return {};
    }
    const storage::OffsetColumn* offsets = nullptr;
    const bool whole = part.bucket && part.duplicates.empty();
    if (plan_.counts_bytes() && !whole) {
        SKALD_TRY(offsets, columns_->offsets());
    }
    const auto number = static_cast<std::uint32_t>(series);
    const std::span<std::uint64_t> counts = slot_.counts.rows(number);
    std::uint64_t* bytes = plan_.counts_bytes() ? slot_.counts.bytes(number).data() : nullptr;
    if (whole) {
        counts[*part.bucket] += rows;
        if (bytes != nullptr) bytes[*part.bucket] += run.run.line_bytes;
        return {};
    }
    auto duplicate = part.duplicates.begin();
    std::size_t bucket = 0;
    for (std::uint32_t row = part.rows.begin; row < part.rows.end;) {
        std::uint32_t next = part.rows.end;
        if (part.bucket) {
            bucket = *part.bucket;
        } else {
            bucket = windows_.bucket_from(bucket, times_[row]);
            next = first_after(times_, row, part.rows.end, windows_.bucket_end(bucket));
        }
        counts[bucket] += next - row;
        if (bytes != nullptr) bytes[bucket] += offsets->line_bytes(row, next);
        for (; duplicate != part.duplicates.end() && *duplicate < next; ++duplicate) {
            --counts[bucket];
            if (bytes != nullptr) bytes[bucket] -= offsets->line_bytes(*duplicate, *duplicate + 1);
        }
        row = next;
    }
    return {};
}

Result<void> RangeBlock::count_filtered() {
    SKALD_TRY(const storage::LineColumn* lines, columns_->lines());
    std::vector<RowRange> ranges;
    ranges.reserve(filtered_.size());
    for (const Part& part : filtered_) ranges.push_back(part.rows);
    Result<void> done;
    const auto use = [&](std::size_t index, const auto& rows) {
        const Part& part = filtered_[index];
        if (!done || rows.empty()) return;
        if (!part.groups->columns().empty()) slot_.group_series.reset(part.groups->count());
        done = plan_.by_row() ? run_each(part, rows, *lines) : count_each(part, rows);
    };
    const LineFilterProgram* filter = plan_.pipeline->line_filter();
    if (filter != nullptr) {
        scan_lines(*filter, *lines, ranges, slot_.rows,
                   slot_.costs ? &slot_.costs->line_filter : nullptr, use);
        return done;
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        use(i, std::views::iota(ranges[i].begin, ranges[i].end));
    }
    return done;
}

template <class Rows>
Result<void> RangeBlock::count_each(const Part& part, const Rows& rows) {
    const storage::OffsetColumn* offsets = nullptr;
    if (plan_.counts_bytes() && !rows.empty()) {
        SKALD_TRY(offsets, columns_->offsets());
    }
    auto duplicate = part.duplicates.begin();
    std::size_t bucket = part.bucket.value_or(0);
    // The first row finds its bucket, unless all have one.
    TimeNs bucket_end = part.bucket ? kTimeMax : kTimeMin;
    std::uint64_t counted = 0;
    for (const std::uint32_t row : rows) {
        while (duplicate != part.duplicates.end() && *duplicate < row) ++duplicate;
        if (duplicate != part.duplicates.end() && *duplicate == row) continue;
        const std::uint32_t group = part.groups->of(row);
        const std::int32_t series = series_of(part, group);
        if (series == RangeSlot::kDropped) continue;
        if (series == RangeSlot::kError) {
            fail_with_error_label(part, group);
            return {};
        }
        if (!part.bucket && times_[row] > bucket_end) {
            bucket = windows_.bucket_from(bucket, times_[row]);
            bucket_end = windows_.bucket_end(bucket);
        }
        const auto number = static_cast<std::uint32_t>(series);
        ++slot_.counts.rows(number)[bucket];
        if (offsets != nullptr) {
            slot_.counts.bytes(number)[bucket] += offsets->line_bytes(row, row + 1);
        }
        ++counted;
    }
    note_rows(part, counted);
    return {};
}

template <class Rows>
Result<void> RangeBlock::run_each(const Part& part, const Rows& rows,
                                  const storage::LineColumn& lines) {
    SKALD_TRY(const storage::TimeColumn* times, columns_->times());
    times_ = times->values;
    SKALD_CHECK(slot_.runner.start(runs_.run(part.run).run.stream->labels, *columns_));
    auto duplicate = part.duplicates.begin();
    std::size_t bucket = part.bucket.value_or(0);
    std::uint64_t counted = 0;
    for (const std::uint32_t row : rows) {
        while (duplicate != part.duplicates.end() && *duplicate < row) ++duplicate;
        if (duplicate != part.duplicates.end() && *duplicate == row) continue;
        if (series_of(part, part.groups->of(row)) == RangeSlot::kDropped) continue;
        const bool passes = slot_.runner.run(row, times_[row], lines.line(row));
        const RowLabels& labels = slot_.runner.row();
        if (labels.overflows()) return RowLabels::overflow();
        if (!slot_.watch.goes_on(labels.kept_bytes())) return {};
        if (!passes) continue;
        if (!part.bucket) bucket = windows_.bucket_from(bucket, times_[row]);
        SKALD_TRY(const bool taken, take_row(part, row, bucket));
        if (taken) ++counted;
        if (context_.failed()) return {};
    }
    note_rows(part, counted);
    return {};
}

/// Counts the row that the runner holds, or takes its sample. False if it doesn't have one.
Result<bool> RangeBlock::take_row(const Part& part, std::uint32_t row, std::size_t bucket) {
    const StageTimer timer(slot_.costs ? &slot_.costs->output : nullptr);
    RowLabels& labels = slot_.runner.row();
    std::optional<double> sample;
    if (plan_.unwrapper) {
        sample = plan_.unwrapper->run(labels);
        if (!sample) return false;
    }
    if (labels.has_error() && !plan_.keeps_errors()) {
        context_.fail(pipeline_error(labels));
        return false;
    }
    if (plan_.takes_samples()) {
        const QueryRun run = runs_.run(part.run);
        const std::uint64_t order = (std::uint64_t{run.stream} << 32) | run.arrival;
        SKALD_CHECK(slot_.samples.add(labels, bucket, {times_[row], order, *sample}));
        return true;
    }
    const std::optional<std::uint32_t> series = slot_.counts.series_of(labels);
    if (!series) return CellBudget::too_many_cells();
    ++slot_.counts.rows(*series)[bucket];
    if (plan_.counts_bytes()) slot_.counts.bytes(*series)[bucket] += labels.line().size();
    return true;
}

bool RangeBlock::any_passes(const Part& part) {
    for (std::uint32_t row = part.rows.begin; row < part.rows.end; ++row) {
        if (series_of(part, part.groups->of(row)) != RangeSlot::kDropped) return true;
    }
    stats_.lines_processed += part.rows.size();
    return false;
}

std::int32_t RangeBlock::series_of(const Part& part, std::uint32_t group) {
    if (part.groups->columns().empty()) return stream_series(part.run);
    return slot_.group_series.get(group, [&](std::uint32_t which) {
        return make_series(runs_.run(part.run).run.stream->labels, *part.groups, which);
    });
}

std::int32_t RangeBlock::stream_series(std::uint32_t run) {
    std::int32_t& series = slot_.stream_series[runs_.run(run).stream];
    if (series == RangeSlot::kUnknown) {
        series = make_series(runs_.run(run).run.stream->labels, one_group(), 0);
    }
    return series;
}

std::int32_t RangeBlock::make_series(const Labels& stream_labels, const RowGroups& groups,
                                     std::uint32_t group) {
    slot_.labels.reset(stream_labels);
    groups.add_labels(group, slot_.labels);
    if (!plan_.pipeline->run_label_stages(slot_.labels, slot_.costs.get()))
        return RangeSlot::kDropped;
    if (plan_.by_row()) return RangeSlot::kByRow;
    if (slot_.labels.has_error() && !plan_.keeps_errors()) return RangeSlot::kError;
    const std::optional<std::uint32_t> series = slot_.counts.series_of(slot_.labels);
    if (series) return static_cast<std::int32_t>(*series);
    context_.fail(CellBudget::too_many_cells());
    return RangeSlot::kDropped;
}

void RangeBlock::fail_with_error_label(const Part& part, std::uint32_t group) {
    slot_.labels.reset(runs_.run(part.run).run.stream->labels);
    part.groups->add_labels(group, slot_.labels);
    plan_.pipeline->run_label_stages(slot_.labels, nullptr);
    context_.fail(pipeline_error(slot_.labels));
}

void RangeBlock::note_rows(const Part& part, std::uint64_t counted) {
    const QueryRun run = runs_.run(part.run);
    const std::uint64_t rows = part.rows.size();
    // Of a part of the run the bytes are known only roughly without its offsets.
    const std::uint64_t bytes = run.run.line_bytes * rows / run.run.rows();
    stats_.lines_processed += rows;
    stats_.bytes_processed += bytes;
    stats_.post_filter_lines += counted;
    if (slot_.costs) {
        slot_.costs->output.rows += rows;
        slot_.costs->output.passed += counted;
    }
    if (run.in_memory) {
        stats_.memory_lines += rows;
        stats_.memory_bytes += bytes;
    }
}

}  // namespace skald::read
