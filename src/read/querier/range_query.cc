// SPDX-License-Identifier: Apache-2.0
#include "range_query.h"

#include "explain.h"
#include "sample_functions.h"
#include "sliding_fold.h"

#include <skald/foundation/base/units.h>
#include <skald/read/logql/parser.h>

#include <algorithm>
#include <string>
#include <utility>

namespace skald::read {
namespace {

/// Labels of `=` matchers whose name no other matcher has: what absent_over_time can tell of the
/// series that is not there.
Labels labels_of_equal_matchers(const std::vector<Matcher>& matchers) {
    std::vector<LabelView> views;
    for (const Matcher& matcher : matchers) {
        const auto uses = std::count_if(matchers.begin(), matchers.end(), [&](const Matcher& each) {
            return each.name() == matcher.name();
        });
        if (uses == 1 && matcher.op() == MatchOp::kEqual && !matcher.value().empty()) {
            views.push_back({matcher.name(), matcher.value()});
        }
    }
    return Labels::from_views(std::move(views));
}

}  // namespace

RangeQuery::RangeQuery(QueryContext& context, const RangePlan& plan, const Steps& steps,
                       Windows windows, std::shared_ptr<const RunSet> runs, std::size_t slots)
    : context_(context),
      plan_(plan),
      steps_(steps),
      windows_(std::move(windows)),
      runs_(std::move(runs)) {
    for (std::size_t i = 0; i < slots; ++i) {
        slots_.push_back(std::make_unique<RangeSlot>(context_, plan_, windows_.buckets(), budget_,
                                                     samples_used_, runs_->streams()));
    }
}

void RangeQuery::process(std::size_t slot, std::size_t task) {
    if (context_.should_stop()) return;
    constexpr std::size_t kAhead = 8;
    runs_->prefetch(task + kAhead);
    QueryStats& stats = context_.slots[slot].stats;
    RangeBlock block(context_, plan_, windows_, *runs_, *slots_[slot], stats);
    Result<void> done = block.count(runs_->tasks()[task]);
    if (done) {
        context_.block_read();
    } else {
        context_.block_failed(std::move(done).error());
    }
}

PlanPart RangeQuery::explain() const {
    PlanCosts costs(plan_.pipeline->steps(), context_.clock);
    for (const auto& slot : slots_) costs.add(*slot->costs);
    std::string output(to_string(plan_.op));
    if (plan_.unwrapper) output = "unwrap " + plan_.unwrapper->label() + ", " + output;
    return read::explain(plan_.text, *plan_.pipeline, costs, std::move(output));
}

double RangeQuery::seconds() const {
    return static_cast<double>(plan_.range.range) / static_cast<double>(kNanosPerSecond);
}

StepMatrix RangeQuery::finish() {
    RangeSlot& first = *slots_.front();
    for (std::size_t i = 1; i < slots_.size(); ++i) {
        if (!first.counts.add(slots_[i]->counts)) context_.fail(CellBudget::too_many_cells());
        Result<void> added = first.samples.add(slots_[i]->samples);
        if (!added) context_.fail(std::move(added).error());
        slots_[i].reset();
    }
    if (context_.failed()) return {.steps = steps_.count, .series = {}};
    if (plan_.op == RangeOp::kAbsent) return absent(first.counts);
    StepMatrix matrix = plan_.takes_samples() ? sampled(first.samples) : counted(first.counts);
    matrix.sort_by_labels();
    return matrix;
}

StepMatrix RangeQuery::counted(SeriesCounts& counts) const {
    StepMatrix matrix{.steps = steps_.count, .series = {}};
    // What a count is divided by.
    const double divisor = plan_.is_rate() ? seconds() : 1;
    std::vector<std::uint64_t> prefix;
    std::vector<std::uint64_t> rows;
    std::vector<std::uint64_t> sums;
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
        windows_.sum_windows(counts.rows(i), prefix, rows);
        if (plan_.counts_bytes()) windows_.sum_windows(counts.bytes(i), prefix, sums);
        const std::vector<std::uint64_t>& numbers = plan_.counts_bytes() ? sums : rows;
        StepSeries& series = matrix.add(counts.labels(i));
        for (std::size_t step = 0; step < matrix.steps; ++step) {
            if (rows[step] == 0) continue;
            series.values[step] = static_cast<double>(numbers[step]) / divisor;
        }
    }
    return matrix;
}

StepMatrix RangeQuery::sampled(SeriesSamples& samples) {
    StepMatrix matrix{.steps = steps_.count, .series = {}};
    for (std::uint32_t i = 0; i < samples.size(); ++i) matrix.add(samples.labels(i));
    if (folds(plan_.op)) {
        fold_samples(samples, matrix);
    } else {
        look_at_samples(samples, matrix);
    }
    return matrix;
}

void RangeQuery::fold_samples(const SeriesSamples& samples, StepMatrix& matrix) const {
    SlidingFold fold(plan_.op, windows_);
    for (std::uint32_t i = 0; i < samples.size(); ++i) {
        std::vector<double>& values = matrix.series[i].values;
        fold.run(samples.cells(i), [&](std::size_t step, const SampleCell& cell) {
            values[step] = value_of_cell(plan_.op, cell, seconds());
        });
    }
}

void RangeQuery::look_at_samples(SeriesSamples& samples, StepMatrix& matrix) {
    const SortedSamples sorted = samples.sort();
    std::vector<double> values;
    for (std::size_t i = 0; i < matrix.series.size(); ++i) {
        // Where windows overlap, samples are looked at many times.
        if (context_.should_stop()) return;
        const std::size_t first = i * windows_.buckets();
        for (std::size_t step = 0; step < matrix.steps; ++step) {
            const Windows::Span span = windows_.span(step);
            const SortedSamples::Slice slice = sorted.of(first + span.begin, first + span.end);
            if (slice.values.empty()) continue;
            double& value = matrix.series[i].values[step];
            if (plan_.op == RangeOp::kQuantile) {
                values.assign(slice.values.begin(), slice.values.end());
                value = quantile(plan_.parameter, values);
            } else {
                const TimeNs end = subtract_times(steps_.time(step), plan_.range.offset);
                value = counter_rate(slice, subtract_times(end, plan_.range.range), end);
            }
        }
    }
}

StepMatrix RangeQuery::absent(SeriesCounts& counts) const {
    StepMatrix matrix{.steps = steps_.count, .series = {}};
    std::vector<std::uint64_t> prefix;
    std::vector<std::uint64_t> sums(matrix.steps, 0);
    if (counts.size() > 0) windows_.sum_windows(counts.rows(0), prefix, sums);
    StepSeries& series = matrix.add(labels_of_equal_matchers(plan_.range.log.matchers));
    for (std::size_t step = 0; step < matrix.steps; ++step) {
        if (sums[step] == 0) series.values[step] = 1;
    }
    return matrix;
}

}  // namespace skald::read
