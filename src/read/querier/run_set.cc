// SPDX-License-Identifier: Apache-2.0
#include "run_set.h"

#include "label_fingerprint.h"
#include "run_meter.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace skald::read {
Result<std::shared_ptr<const RunSet>> RunSet::select(const storage::MemtableSource& memtables,
                                                     const storage::Store& store,
                                                     const storage::Selection& selection,
                                                     const std::vector<TenantId>& more_tenants) {
    SKALD_TRY(SelectedRuns selected, select_runs(memtables, store, selection, more_tenants));
    const auto set =
        std::const_pointer_cast<RunSet>(of(std::move(selected.runs), selected.in_memory));
    set->pins_ = std::move(selected.pins);
    return std::shared_ptr<const RunSet>(set);
}

std::uint64_t RunSet::line_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const QueryRun& run : runs_) bytes += run.run.line_bytes;
    return bytes;
}

std::shared_ptr<const RunSet> RunSet::of(std::vector<storage::Run> runs, std::size_t in_memory) {
    const auto set = std::make_shared<RunSet>();
    set->runs_.reserve(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].rows() == 0) continue;
        set->runs_.push_back({.run = std::move(runs[i]), .in_memory = i < in_memory});
    }
    set->rank_streams();
    set->make_tasks();
    set->rank_arrivals();
    set->find_overlaps();
    return set;
}

void RunSet::rank_streams() {
    struct Ranked {
        std::uint64_t hash;
        StreamPtr stream;
        std::uint32_t found;  ///< Number in the order of discovery.
    };
    std::unordered_map<StreamId, std::uint32_t> numbers;
    std::vector<Ranked> ranked;
    std::string scratch;
    for (QueryRun& run : runs_) {
        const auto number = static_cast<std::uint32_t>(ranked.size());
        const auto [at, added] = numbers.try_emplace(run.run.stream->id, number);
        if (added) {
            ranked.push_back(
                {fingerprint(run.run.stream->labels, scratch), run.run.stream, number});
        }
        run.stream = at->second;
    }
    std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.stream->labels < b.stream->labels;
    });
    std::vector<std::uint32_t> rank(ranked.size());
    for (std::uint32_t i = 0; i < ranked.size(); ++i) {
        rank[ranked[i].found] = i;
        streams_.push_back(std::move(ranked[i].stream));
    }
    for (QueryRun& run : runs_) run.stream = rank[run.stream];
}

void RunSet::make_tasks() {
    // Blocks in the order in which they were found, so that neighbours stay neighbours.
    std::unordered_map<const storage::Block*, std::uint32_t> numbers;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < runs_.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(numbers.size());
        order.emplace_back(numbers.try_emplace(runs_[i].run.block.get(), number).first->second, i);
    }
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        return std::tuple(a.first, runs_[a.second].run.row_begin, a.second) <
               std::tuple(b.first, runs_[b.second].run.row_begin, b.second);
    });
    std::vector<QueryRun> sorted;
    sorted.reserve(runs_.size());
    for (const auto& [block, index] : order) {
        QueryRun& run = runs_[index];
        const auto place = static_cast<std::uint32_t>(sorted.size());
        if (sorted.empty() || sorted.back().run.block != run.run.block) {
            tasks_.push_back({place, place, run.run.min_time, run.run.max_time});
        }
        BlockTask& task = tasks_.back();
        task.run_end = place + 1;
        task.min_time = std::min(task.min_time, run.run.min_time);
        task.max_time = std::max(task.max_time, run.run.max_time);
        sorted.push_back(std::move(run));
    }
    runs_ = std::move(sorted);
}

void RunSet::rank_arrivals() {
    std::vector<std::uint32_t> order(runs_.size());
    std::iota(order.begin(), order.end(), 0U);
    // Rows end the comparison, because a stream may have several runs in one block.
    const auto key = [&](std::uint32_t i) {
        const QueryRun& run = runs_[i];
        return std::tuple(run.stream, run.run.generation, run.run.position, i);
    };
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    std::uint32_t arrival = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i > 0 && runs_[order[i]].stream != runs_[order[i - 1]].stream) arrival = 0;
        runs_[order[i]].arrival = arrival++;
    }
}

void RunSet::find_overlaps() {
    by_time_.resize(runs_.size());
    place_.resize(runs_.size());
    latest_.resize(runs_.size());
    std::iota(by_time_.begin(), by_time_.end(), 0U);
    const auto key = [&](std::uint32_t i) {
        return std::tuple(runs_[i].stream, runs_[i].run.min_time, i);
    };
    std::sort(by_time_.begin(), by_time_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    for (std::uint32_t i = 0; i < by_time_.size(); ++i) {
        QueryRun& run = runs_[by_time_[i]];
        place_[by_time_[i]] = i;
        latest_[i] = run.run.max_time;
        if (i == 0 || runs_[by_time_[i - 1]].stream != run.stream) continue;
        if (run.run.min_time <= latest_[i - 1]) run.overlaps = true;
        QueryRun& before = runs_[by_time_[i - 1]];
        if (run.run.min_time <= before.run.max_time) before.overlaps = true;
        latest_[i] = std::max(latest_[i], latest_[i - 1]);
    }
}

std::vector<std::uint32_t> RunSet::earlier_overlaps(std::uint32_t run) const {
    std::vector<std::uint32_t> found;
    const QueryRun& mine = runs_[run];
    const auto consider = [&](std::uint32_t index) {
        const QueryRun& other = runs_[index];
        if (other.arrival < mine.arrival && other.run.max_time >= mine.run.min_time) {
            found.push_back(index);
        }
    };
    const std::size_t place = place_[run];
    for (std::size_t i = place; i > 0; --i) {
        const std::uint32_t index = by_time_[i - 1];
        if (runs_[index].stream != mine.stream || latest_[i - 1] < mine.run.min_time) break;
        consider(index);
    }
    for (std::size_t i = place + 1; i < by_time_.size(); ++i) {
        const std::uint32_t index = by_time_[i];
        if (runs_[index].stream != mine.stream || runs_[index].run.min_time > mine.run.max_time) {
            break;
        }
        consider(index);
    }
    return found;
}

}  // namespace skald::read
