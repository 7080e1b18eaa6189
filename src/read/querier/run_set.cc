// SPDX-License-Identifier: Apache-2.0
#include "run_set.h"

#include "label_fingerprint.h"
#include "run_meter.h"

#include <skald/foundation/base/number_table.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace skald::read {
namespace {

/// What the set takes for a run that has a stream and a block of its own, at the most, and what
/// working on it takes; the run itself is the selection's. For stored ones the selection has taken
/// as much again, for the time when its list grows: that is over.
constexpr std::uint64_t kRunBytes = 96;
/// In the order of runs: this one is where it belongs.
constexpr std::uint32_t kPlaced = UINT32_MAX;
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
                                                     const std::vector<TenantId>& more_tenants,
                                                     const StopSign& stop,
                                                     const std::shared_ptr<QueryMemory>& memory) {
    const auto set = std::make_shared<RunSet>();
    set->memory_ = std::make_unique<HeldMemory>(memory);
    HeldMemory& held = *set->memory_;
    SKALD_TRY(SelectedRuns selected,
              select_runs(memtables, store, selection, more_tenants, stop, held));
    if (!held.take(selected.in_memory.size() * kRunBytes)) return *held.refusal();
    if (!held.take(selected.stored.size() * (kRunBytes - sizeof(storage::Run))))
        return *held.refusal();
    set->pins_ = std::move(selected.pins);
    set->build(std::move(selected.in_memory), std::move(selected.stored));
    return std::shared_ptr<const RunSet>(set);
}

std::shared_ptr<const RunSet> RunSet::of(std::vector<storage::Run> runs, std::size_t in_memory) {
    const auto set = std::make_shared<RunSet>();
    const auto middle =
        std::make_move_iterator(runs.begin() + static_cast<std::ptrdiff_t>(in_memory));
    set->build({std::make_move_iterator(runs.begin()), middle},
               {middle, std::make_move_iterator(runs.end())});
    return set;
}

std::uint64_t RunSet::line_bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size(); ++i) bytes += run_at(i).line_bytes;
    return bytes;
}

void RunSet::drop_empty_runs() {
    const auto is_empty = [](const storage::Run& run) { return run.rows() == 0; };
    std::erase_if(in_memory_, is_empty);
    std::erase_if(stored_, is_empty);
}

/// Orders those of segments by block and row: blocks as they were found, so that neighbours stay
/// neighbours. In memory a block has one stream and is found once.
void RunSet::group_by_block() {
    struct Origin {
        std::uint32_t block;
        std::uint32_t row;
        std::uint32_t run;
        auto operator<=>(const Origin&) const = default;
    };
    NumberTable numbers(stored_.size());
    std::vector<Origin> order;
    order.reserve(stored_.size());
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < stored_.size(); ++i) {
        const storage::Block* block = stored_[i].block.get();
        if (i == 0 || stored_[i - 1].block.get() != block)
            number = numbers.insert(identity(block)).first;
        order.push_back({number, stored_[i].row_begin, static_cast<std::uint32_t>(i)});
    }
    if (std::is_sorted(order.begin(), order.end())) return;
    std::sort(order.begin(), order.end());
    // In place, along the cycles: a second list would be most of what the set takes.
    for (std::size_t start = 0; start < order.size(); ++start) {
        if (order[start].run == kPlaced) continue;
        storage::Run first = std::move(stored_[start]);
        std::size_t hole = start;
        for (;;) {
            const std::size_t from = std::exchange(order[hole].run, kPlaced);
            if (from == start) break;
            stored_[hole] = std::move(stored_[from]);
            hole = from;
        }
        stored_[hole] = std::move(first);
    }
}

void RunSet::make_tasks() {
    std::size_t blocks = 0;
    for (std::size_t i = 0; i < size(); ++i)
        if (i == 0 || run_at(i).block != run_at(i - 1).block) ++blocks;
    tasks_.reserve(blocks);
    for (std::uint32_t i = 0; i < size(); ++i) {
        const storage::Run& run = run_at(i);
        if (i == 0 || run.block != run_at(i - 1).block)
            tasks_.push_back({i, i, run.min_time, run.max_time});
        BlockTask& task = tasks_.back();
        task.run_end = i + 1;
        task.min_time = std::min(task.min_time, run.min_time);
        task.max_time = std::max(task.max_time, run.max_time);
    }
}

/// Numbers the streams in the order in which they are found, and gives the first run of each.
std::vector<std::uint32_t> RunSet::number_streams() {
    NumberTable numbers(size());
    std::vector<std::uint32_t> firsts;
    for (std::uint32_t i = 0; i < size(); ++i) {
        // Streams lie all over the heap: what comes soon is fetched meanwhile.
        if (i + kAhead < size()) __builtin_prefetch(run_at(i + kAhead).stream.get());
        const auto [number, added] = numbers.insert(run_at(i).stream->id);
        if (added) firsts.push_back(i);
        places_[i].stream = number;
    }
    return firsts;
}

void RunSet::rank_streams() {
    struct Ranked {
        std::uint64_t hash;
        std::uint32_t run;     ///< The first of the stream.
        std::uint32_t number;  ///< Of the stream so far.
    };
    std::vector<Ranked> ranked;
    {
        const std::vector<std::uint32_t> firsts = number_streams();
        ranked.reserve(firsts.size());
        std::string scratch;
        for (std::uint32_t i = 0; i < firsts.size(); ++i)
            ranked.push_back(
                {fingerprint(run_at(firsts[i]).stream->labels, scratch), firsts[i], i});
    }
    std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
        return a.hash != b.hash ? a.hash < b.hash
                                : run_at(a.run).stream->labels < run_at(b.run).stream->labels;
    });
    std::vector<std::uint32_t> rank(ranked.size());
    for (std::uint32_t i = 0; i < ranked.size(); ++i) rank[ranked[i].number] = i;
    streams_ = ranked.size();
    for (Place& place : places_) place.stream = rank[place.stream];
}

/// Fills by_time_ with the runs by stream and calls `use` with those of each stream.
template <class Use>
void RunSet::for_each_stream(Use&& use) {
    // Streams are numbers without gaps, and most have few runs: counted, not compared.
    std::vector<std::uint32_t> next(streams_ + 1);
    for (const Place& place : places_) ++next[place.stream + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    by_time_.resize(size());
    for (std::uint32_t i = 0; i < size(); ++i) by_time_[next[places_[i].stream]++] = i;
    std::uint32_t begin = 0;
    for (std::size_t stream = 0; stream < streams_; ++stream) {
        use(std::span(by_time_).subspan(begin, next[stream] - begin), begin);
        begin = next[stream];
    }
}

/// Rows end the comparison, because a stream may have several runs in one block.
void RunSet::rank_arrivals(std::span<const std::uint32_t> of_stream) {
    if (of_stream.size() < 2) return;
    std::vector<std::uint32_t> order(of_stream.begin(), of_stream.end());
    const auto key = [&](std::uint32_t i) {
        return std::tuple(run_at(i).generation, run_at(i).position, i);
    };
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    std::uint32_t arrival = 0;
    for (const std::uint32_t run : order) places_[run].arrival = arrival++;
}

/// Puts the runs of a stream, which begin at place `first` of by_time_, in the order of time.
void RunSet::find_overlaps(std::span<std::uint32_t> of_stream, std::uint32_t first) {
    const auto key = [&](std::uint32_t i) { return std::tuple(run_at(i).min_time, i); };
    if (of_stream.size() > 1) {
        std::sort(of_stream.begin(), of_stream.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    }
    for (std::uint32_t i = 0; i < of_stream.size(); ++i) {
        const storage::Run& run = run_at(of_stream[i]);
        place_[of_stream[i]] = first + i;
        latest_[first + i] = run.max_time;
        if (i == 0) continue;
        const TimeNs latest = latest_[first + i - 1];
        if (run.min_time <= latest) places_[of_stream[i]].overlaps = true;
        if (run.min_time <= run_at(of_stream[i - 1]).max_time)
            places_[of_stream[i - 1]].overlaps = true;
        latest_[first + i] = std::max(latest, run.max_time);
    }
}

void RunSet::build(std::vector<storage::Run> in_memory, std::vector<storage::Run> stored) {
    in_memory_ = std::move(in_memory);
    stored_ = std::move(stored);
    drop_empty_runs();
    group_by_block();
    make_tasks();
    places_.resize(size());
    rank_streams();
    // As a rule when there are very many.
    if (streams_ == size()) return;
    place_.resize(size());
    latest_.resize(size());
    for_each_stream([&](std::span<std::uint32_t> of_stream, std::uint32_t first) {
        rank_arrivals(of_stream);
        find_overlaps(of_stream, first);
    });
}

std::vector<std::uint32_t> RunSet::earlier_overlaps(std::uint32_t run) const {
    std::vector<std::uint32_t> found;
    if (by_time_.empty()) return found;
    const storage::Run& mine = run_at(run);
    const Place& my_place = places_[run];
    const auto consider = [&](std::uint32_t index) {
        if (places_[index].arrival < my_place.arrival && run_at(index).max_time >= mine.min_time)
            found.push_back(index);
    };
    const std::size_t place = place_[run];
    for (std::size_t i = place; i > 0; --i) {
        const std::uint32_t index = by_time_[i - 1];
        if (places_[index].stream != my_place.stream || latest_[i - 1] < mine.min_time) break;
        consider(index);
    }
    for (std::size_t i = place + 1; i < by_time_.size(); ++i) {
        const std::uint32_t index = by_time_[i];
        if (places_[index].stream != my_place.stream || run_at(index).min_time > mine.max_time)
            break;
        consider(index);
    }
    return found;
}

}  // namespace skald::read
