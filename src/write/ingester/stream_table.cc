// SPDX-License-Identifier: Apache-2.0
#include "stream_table.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/entry.h>
#include <skald/foundation/telemetry/discarded.h>

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <utility>

namespace skald::write {
namespace {

using cluster::StreamBatch;

/// What a new line must differ in from the one before. Only compared inside the process.
std::uint64_t content_hash(const EntryView& entry, const std::vector<LabelView>& pairs) {
    std::uint64_t hash = hash64(entry.line);
    const auto mix = [&hash](std::string_view text) {
        hash = std::rotl(hash * 0x9E3779B97F4A7C15ULL, 29) ^ hash64(text);
    };
    mix(entry.level);
    for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
        mix(pairs[entry.metadata_begin + i].name);
        mix(pairs[entry.metadata_begin + i].value);
    }
    return hash;
}

bool same_content(const EntryView& a, const EntryView& b, const std::vector<LabelView>& pairs) {
    if (a.line != b.line || a.level != b.level || a.metadata_count != b.metadata_count)
        return false;
    for (std::uint32_t i = 0; i < a.metadata_count; ++i) {
        if (pairs[a.metadata_begin + i] != pairs[b.metadata_begin + i]) return false;
    }
    return true;
}

std::uint64_t metadata_bytes(const EntryView& entry, const std::vector<LabelView>& pairs) {
    std::uint64_t bytes = entry.level.empty() ? 0 : kDetectedLevel.size() + entry.level.size();
    for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
        const LabelView& pair = pairs[entry.metadata_begin + i];
        bytes += pair.name.size() + pair.value.size();
    }
    return bytes;
}

/// `time` − `window`, not past the smallest time.
TimeNs minus_window(TimeNs time, DurationNs window) {
    return time < kTimeMin + window ? kTimeMin : time - window;
}

/// What looks for the label with the most values sees this many streams of a shard, this often.
constexpr std::size_t kSampledStreams = std::size_t{16'384} / kStreamShards;
constexpr std::int64_t kWidestLabelAge = 10 * kNanosPerSecond;

/// Of an active stream: the object, its state with the place in the table, control block, rounding.
std::int64_t memory_of(const Stream& stream) {
    return static_cast<std::int64_t>(sizeof(StreamState) + sizeof(Stream) + 56 +
                                     stream.labels.heap_bytes());
}

/// The smaller limit that is set; 0: none.
std::uint64_t stream_limit(const Limits& limits) {
    const std::uint64_t local = limits.max_streams_per_user;
    const std::uint64_t global = limits.max_global_streams_per_user;
    if (local == 0 || global == 0) return std::max(local, global);
    return std::min(local, global);
}

}  // namespace

ShardOrder::ShardOrder(const StreamBatch& batch) {
    std::array<std::uint32_t, kStreamShards> counts{};
    for (const auto& stream : batch.streams) ++counts[shard_of(stream.stream->id)];
    std::array<std::uint32_t, kStreamShards> next{};
    std::uint32_t sum = 0;
    for (std::size_t shard = 0; shard < kStreamShards; ++shard) {
        next[shard] = sum;
        sum += counts[shard];
        ends_[shard] = sum;
    }
    order_.resize(batch.streams.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
        order_[next[shard_of(batch.streams[i].stream->id)]++] = i;
    }
}

/// One push while it is checked.
struct TenantStreams::Check {
    StreamBatch& batch;
    const Limits& limits;
    std::int64_t now;
    CheckOutcome outcome;
    struct Count {
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
    };
    /// By the policy of the stream.
    std::map<std::string, std::array<Count, kRefusalReasonCount>> refused;

    void refuse(RefusedStream& stream, const EntryView& entry, const RefusedEntry& refused_entry,
                std::uint32_t keep) {
        const auto& policy = batch.streams[stream.index].policy;
        Count& count = refused[policy ? *policy : std::string()]
                              [static_cast<std::size_t>(refused_entry.reason)];
        ++count.lines;
        count.bytes += entry.line.size() + metadata_bytes(entry, batch.pairs);
        ++stream.refused;
        stream.last = refused_entry.reason;
        if (keep == 0 || stream.entries.size() < keep) stream.entries.push_back(refused_entry);
    }
    /// A push that fails for several streams reports the last of them.
    void report(RefusedStream stream) {
        if (stream.refused == 0) return;
        if (outcome.refused && outcome.refused->index > stream.index) return;
        outcome.refused = std::move(stream);
    }
};

TenantStreams::TenantStreams(TenantId tenant, const Options& options, MetricsRegistry& metrics)
    : tenant_(std::move(tenant)),
      options_(options),
      metrics_(metrics),
      active_(metrics.gauge("loki_ingester_memory_streams",
                            "Streams that the ingester keeps state of.",
                            {{"tenant", tenant_.text()}})),
      created_(metrics.counter("loki_ingester_streams_created_total", "Streams that became active.",
                               {{"tenant", tenant_.text()}})),
      removed_(metrics.counter("loki_ingester_streams_removed_total",
                               "Streams that were forgotten because they were idle.",
                               {{"tenant", tenant_.text()}})) {}

/// Null if the limit (0: none) refuses a new stream.
StreamState* TenantStreams::find_or_create(Shard& shard, const StreamPtr& stream,
                                           std::uint64_t limit, std::int64_t now) {
    const auto is_wanted = [&](const StreamState& state) {
        return state.stream == stream || state.stream->id == stream->id;
    };
    if (StreamState* const found = shard.find(stream->id.low, is_wanted)) return found;
    const std::uint64_t before = count_.fetch_add(1, std::memory_order_relaxed);
    if (limit != 0 && before >= limit) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        return nullptr;
    }
    options_.ledger->streams.fetch_add(memory_of(*stream), std::memory_order_relaxed);
    active_.add(1);
    created_.add();
    return &shard.insert(stream->id.low, StreamState{.stream = stream, .touched = now});
}

void TenantStreams::check_stream(Check& check, StreamState& state, std::uint32_t index) {
    StreamBatch& batch = check.batch;
    auto& stream = batch.streams[index];
    const auto rate = static_cast<double>(check.limits.per_stream_rate_limit);
    const bool limited = rate > 0;
    const double elapsed = static_cast<double>(check.now - state.touched) / kNanosPerSecond;
    state.tokens = std::min(static_cast<double>(check.limits.per_stream_rate_limit_burst),
                            state.tokens + std::max(0.0, elapsed) * rate);
    state.touched = check.now;
    // One label set a stream in memory, whoever parsed it. Entries may view the other's labels.
    if (stream.stream != state.stream)
        batch.owners.push_back(std::exchange(stream.stream, state.stream));

    RefusedStream refused{.stream = state.stream,
                          .index = index,
                          .entries = {},
                          .total = stream.entries_end - stream.entries_begin};
    const EntryView* previous = nullptr;
    std::uint32_t kept = stream.entries_begin;
    for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
        const EntryView& entry = batch.entries[i];
        if (previous != nullptr) {
            if (entry.time == previous->time && same_content(entry, *previous, batch.pairs))
                continue;
        } else if (entry.time == state.last_time &&
                   content_hash(entry, batch.pairs) == state.last_hash) {
            continue;
        }
        const auto bytes = static_cast<double>(entry.line.size());
        if (limited && bytes > state.tokens) {
            check.refuse(refused, entry,
                         {RefusalReason::kStreamRate, entry.time, 0, entry.line.size()},
                         options_.max_returned_errors);
            continue;
        }
        if (limited) state.tokens -= bytes;
        if (entry.time < state.newest) {
            const TimeNs oldest = minus_window(state.newest, options_.out_of_order_window);
            if (!check.limits.unordered_writes || entry.time < oldest) {
                const auto reason = check.limits.unordered_writes ? RefusalReason::kTooFarBehind
                                                                  : RefusalReason::kOutOfOrder;
                check.refuse(refused, entry, {reason, entry.time, oldest, 0},
                             options_.max_returned_errors);
                continue;
            }
        }
        state.newest = std::max(state.newest, entry.time);
        if (kept != i) batch.entries[kept] = entry;
        previous = &batch.entries[kept];
        ++kept;
    }
    stream.entries_end = kept;
    check.outcome.rows += kept - stream.entries_begin;
    if (previous != nullptr) {
        check.outcome.last[index] = {previous->time, content_hash(*previous, batch.pairs)};
    }
    check.report(std::move(refused));
}

/// Fetches where one of the next streams is looked for: with very many that is most of the work.
void TenantStreams::prefetch(const Shard& shard, const StreamBatch& batch,
                             std::span<const std::uint32_t> rest) {
    constexpr std::size_t kAhead = 8;
    if (rest.size() > kAhead) shard.prefetch(batch.streams[rest[kAhead]].stream->id.low);
}

CheckOutcome TenantStreams::check(StreamBatch& batch, const ShardOrder& order, const Limits& limits,
                                  std::int64_t now) {
    Check check{batch, limits, now, {}, {}};
    check.outcome.last.resize(batch.streams.size());
    const std::uint64_t limit = stream_limit(limits);
    order.for_each_shard([&](std::size_t shard, std::span<const std::uint32_t> indexes) {
        auto locked = shards_[shard].lock();
        for (std::size_t i = 0; i < indexes.size(); ++i) {
            prefetch(*locked, batch, indexes.subspan(i));
            const std::uint32_t index = indexes[i];
            auto& stream = batch.streams[index];
            if (stream.entries_begin == stream.entries_end) continue;
            if (StreamState* const state = find_or_create(*locked, stream.stream, limit, now)) {
                check_stream(check, *state, index);
                continue;
            }
            RefusedStream refused{.stream = stream.stream, .index = index, .entries = {}};
            for (std::uint32_t at = stream.entries_begin; at < stream.entries_end; ++at) {
                check.refuse(refused, batch.entries[at], {RefusalReason::kStreamLimit, 0, 0, 0}, 1);
            }
            stream.entries_end = stream.entries_begin;
            check.report(std::move(refused));
        }
    });
    if (check.outcome.refused) {
        count_refused(check);
        if (check.outcome.refused->last == RefusalReason::kStreamLimit)
            check.outcome.refused->widest = widest_label(now);
    }
    return std::move(check.outcome);
}

/// Looked for now and then only: a client that runs into the limit does it with every push.
WidestLabel TenantStreams::widest_label(std::int64_t now) {
    auto known = widest_.lock();
    if (!known->label.name.empty() && now - known->found_at < kWidestLabelAge) return known->label;
    LabelWidths widths;
    for (auto& shard : shards_) {
        auto locked = shard.lock();
        std::size_t seen = 0;
        locked->for_each([&](const StreamState& state) {
            if (seen++ < kSampledStreams) widths.add(state.stream->labels);
        });
    }
    *known = {widths.widest(), now};
    return known->label;
}

void TenantStreams::applied(const StreamBatch& batch, const ShardOrder& order,
                            const std::vector<LastEntry>& last, std::uint64_t generation,
                            std::int64_t now) {
    order.for_each_shard([&](std::size_t shard, std::span<const std::uint32_t> indexes) {
        auto locked = shards_[shard].lock();
        for (std::size_t i = 0; i < indexes.size(); ++i) {
            prefetch(*locked, batch, indexes.subspan(i));
            const std::uint32_t index = indexes[i];
            const auto& stream = batch.streams[index];
            if (stream.entries_begin == stream.entries_end) continue;
            // It may have been forgotten while the push waited for the disk.
            StreamState& state = *find_or_create(*locked, stream.stream, 0, now);
            state.last_time = last[index].time;
            state.last_hash = last[index].hash;
            state.newest = std::max(state.newest, last[index].time);
            state.generation = std::max(state.generation, generation);
        }
    });
}

void TenantStreams::restore(const StreamBatch& batch, std::uint64_t generation, std::int64_t now) {
    for (const auto& stream : batch.streams) {
        if (stream.entries_begin == stream.entries_end) continue;
        TimeNs newest = kTimeMin;
        for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
            newest = std::max(newest, batch.entries[i].time);
        }
        const EntryView& last = batch.entries[stream.entries_end - 1];
        auto locked = shards_[ShardOrder::shard_of(stream.stream->id)].lock();
        StreamState& state = *find_or_create(*locked, stream.stream, 0, now);
        state.newest = std::max(state.newest, newest);
        if (generation >= state.generation) {  // Else a push was faster than the replay.
            state.last_time = last.time;
            state.last_hash = content_hash(last, batch.pairs);
        }
        state.touched = now;
        state.generation = std::max(state.generation, generation);
    }
}

void TenantStreams::forget_idle(std::uint64_t oldest_generation, std::int64_t before) {
    std::uint64_t forgotten = 0;
    std::int64_t memory = 0;
    for (auto& shard : shards_) {
        auto locked = shard.lock();
        forgotten += locked->erase_if([&](const StreamState& state) {
            if (state.generation >= oldest_generation || state.touched >= before) return false;
            memory += memory_of(*state.stream);
            return true;
        });
    }
    if (forgotten == 0) return;
    options_.ledger->streams.fetch_sub(memory, std::memory_order_relaxed);
    count_.fetch_sub(forgotten, std::memory_order_relaxed);
    active_.add(-static_cast<double>(forgotten));
    removed_.add(static_cast<double>(forgotten));
}

void TenantStreams::count_refused(const Check& check) const {
    const std::string hours = std::to_string(check.limits.retention_period / kNanosPerHour);
    for (const auto& [policy, counts] : check.refused) {
        for (std::size_t i = 0; i < kRefusalReasonCount; ++i) {
            if (counts[i].lines == 0) continue;
            const DiscardedLabels labels{
                .reason = std::string(to_string(static_cast<RefusalReason>(i))),
                .tenant = tenant_.text(),
                .retention_hours = hours,
                .policy = policy,
                .format = {}};
            discarded_lines(metrics_, labels).add(static_cast<double>(counts[i].lines));
            discarded_bytes(metrics_, labels).add(static_cast<double>(counts[i].bytes));
        }
    }
}

StreamPtr TenantStreams::find(const StreamId& id) {
    auto shard = shards_[ShardOrder::shard_of(id)].lock();
    const auto is_wanted = [&](const StreamState& state) { return state.stream->id == id; };
    const StreamState* const found = shard->find(id.low, is_wanted);
    return found == nullptr ? nullptr : found->stream;
}

StreamPtr StreamTable::find(const TenantId& tenant, const StreamId& stream) const {
    TenantStreams* const streams = tenants_.with([&](const auto& tenants) -> TenantStreams* {
        const auto found = tenants.find(tenant);
        return found == tenants.end() ? nullptr : found->second.get();
    });
    return streams == nullptr ? nullptr : streams->find(stream);
}

TenantStreams& StreamTable::of(const TenantId& tenant) {
    auto locked = tenants_.lock();
    auto& streams = (*locked)[tenant];
    if (!streams) streams = std::make_unique<TenantStreams>(tenant, options_, metrics_);
    return *streams;
}

void StreamTable::forget_idle(std::uint64_t oldest_generation, std::int64_t before) {
    std::vector<TenantStreams*> all;
    tenants_.with([&all](auto& tenants) {
        for (auto& [tenant, streams] : tenants) all.push_back(streams.get());
    });
    for (TenantStreams* streams : all) streams->forget_idle(oldest_generation, before);
}

std::uint64_t StreamTable::count() const {
    return tenants_.with([](const auto& tenants) {
        std::uint64_t count = 0;
        for (const auto& [tenant, streams] : tenants) count += streams->count();
        return count;
    });
}

}  // namespace skald::write
