// SPDX-License-Identifier: Apache-2.0
#include "run_set.h"

#include "label_fingerprint.h"
#include "run_meter.h"

#include <skald/foundation/base/number_table.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

namespace skald::read {
namespace {

constexpr std::size_t kAhead = 16;

/// Addresses end in zeros; a table looks at the low bits.
Hash128 identity(const void* object) {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    return {address, std::rotl(address * 0x9E3779B97F4A7C15U, 32)};
}

}  // namespace

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

void RunSet::rank_streams() {
    struct Ranked {
        std::uint64_t hash;
        std::uint32_t found;  ///< Number in the order of discovery.
    };
    NumberTable numbers(runs_.size());
    std::vector<StreamPtr> found;
    std::vector<Ranked> ranked;
    std::string scratch;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        QueryRun& run = runs_[i];
        // Streams lie all over the heap: what comes soon is fetched meanwhile.
        if (i + kAhead < runs_.size()) __builtin_prefetch(runs_[i + kAhead].run.stream.get());
        const auto [number, added] = numbers.insert(run.run.stream->id);
        if (added) {
            ranked.push_back({fingerprint(run.run.stream->labels, scratch), number});
            found.push_back(run.run.stream);
        }
        run.stream = number;
    }
    std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
        return a.hash != b.hash ? a.hash < b.hash : found[a.found]->labels < found[b.found]->labels;
    });
    std::vector<std::uint32_t> rank(ranked.size());
    streams_.reserve(ranked.size());
    for (std::uint32_t i = 0; i < ranked.size(); ++i) {
        rank[ranked[i].found] = i;
        streams_.push_back(std::move(found[ranked[i].found]));
    }
    for (QueryRun& run : runs_) run.stream = rank[run.stream];
}

/// Runs by block, blocks in the order in which they were found, so that neighbours stay neighbours.
void RunSet::order_by_block() {
    struct Place {
        std::uint32_t block;
        std::uint32_t row;
        std::uint32_t run;
        auto operator<=>(const Place&) const = default;
    };
    NumberTable numbers(runs_.size());
    const storage::Block* last = nullptr;
    std::uint32_t number = 0;
    std::vector<Place> order;
    order.reserve(runs_.size());
    for (std::uint32_t i = 0; i < runs_.size(); ++i) {
        const storage::Run& run = runs_[i].run;
        if (run.block.get() != last) {
            last = run.block.get();
            number = numbers.insert(identity(last)).first;
        }
        order.push_back({number, run.row_begin, i});
    }
    if (std::is_sorted(order.begin(), order.end())) return;
    std::sort(order.begin(), order.end());
    std::vector<QueryRun> sorted;
    sorted.reserve(runs_.size());
    for (const Place& place : order) sorted.push_back(std::move(runs_[place.run]));
    runs_ = std::move(sorted);
}

void RunSet::make_tasks() {
    const storage::Block* last = nullptr;
    for (std::uint32_t i = 0; i < runs_.size(); ++i) {
        const storage::Run& run = runs_[i].run;
        if (run.block.get() != last) tasks_.push_back({i, i, run.min_time, run.max_time});
        last = run.block.get();
        BlockTask& task = tasks_.back();
        task.run_end = i + 1;
        task.min_time = std::min(task.min_time, run.min_time);
        task.max_time = std::max(task.max_time, run.max_time);
    }
}

/// Fills by_time_ with the runs by stream and calls `use` with those of each stream.
template <class Use>
void RunSet::for_each_stream(Use&& use) {
    // Streams are numbers without gaps, and most have one run: counted, not compared.
    std::vector<std::uint32_t> next(streams_.size() + 1);
    for (const QueryRun& run : runs_) ++next[run.stream + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    by_time_.resize(runs_.size());
    for (std::uint32_t i = 0; i < runs_.size(); ++i) by_time_[next[runs_[i].stream]++] = i;
    std::uint32_t begin = 0;
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
        use(std::span(by_time_).subspan(begin, next[stream] - begin), begin);
        begin = next[stream];
    }
}

/// Rows end the comparison, because a stream may have several runs in one block.
void RunSet::rank_arrivals(std::span<const std::uint32_t> of_stream) {
    if (of_stream.size() < 2) return;
    std::vector<std::uint32_t> order(of_stream.begin(), of_stream.end());
    const auto key = [&](std::uint32_t i) {
        return std::tuple(runs_[i].run.generation, runs_[i].run.position, i);
    };
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    std::uint32_t arrival = 0;
    for (const std::uint32_t run : order) runs_[run].arrival = arrival++;
}

/// Puts the runs of a stream, which begin at place `first` of by_time_, in the order of time.
void RunSet::find_overlaps(std::span<std::uint32_t> of_stream, std::uint32_t first) {
    const auto key = [&](std::uint32_t i) { return std::tuple(runs_[i].run.min_time, i); };
    if (of_stream.size() > 1) {
        std::sort(of_stream.begin(), of_stream.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    }
    for (std::uint32_t i = 0; i < of_stream.size(); ++i) {
        QueryRun& run = runs_[of_stream[i]];
        place_[of_stream[i]] = first + i;
        latest_[first + i] = run.run.max_time;
        if (i == 0) continue;
        const TimeNs latest = latest_[first + i - 1];
        if (run.run.min_time <= latest) run.overlaps = true;
        QueryRun& before = runs_[of_stream[i - 1]];
        if (run.run.min_time <= before.run.max_time) before.overlaps = true;
        latest_[first + i] = std::max(latest, run.run.max_time);
    }
}

std::shared_ptr<const RunSet> RunSet::of(std::vector<storage::Run> runs, std::size_t in_memory) {
    const auto set = std::make_shared<RunSet>();
    set->runs_.reserve(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].rows() == 0) continue;
        set->runs_.push_back({.run = std::move(runs[i]), .in_memory = i < in_memory});
    }
    set->rank_streams();
    set->order_by_block();
    set->make_tasks();
    set->place_.resize(set->runs_.size());
    set->latest_.resize(set->runs_.size());
    set->for_each_stream([&](std::span<std::uint32_t> of_stream, std::uint32_t first) {
        set->rank_arrivals(of_stream);
        set->find_overlaps(of_stream, first);
    });
    return set;
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
