// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <string>

namespace skald::write {

IngesterMetrics::IngesterMetrics(MetricsRegistry& registry)
    : memory_blocks(
          registry.gauge("loki_ingester_memory_chunks", "Blocks in memory, open ones included.")),
      blocks_created(
          registry.counter("loki_ingester_chunks_created_total", "Blocks that were begun.")),
      memory_bytes(registry.gauge("skald_ingester_memory_bytes",
                                  "Memory that the memtables of all generations hold.")),
      stream_bytes(registry.gauge("skald_ingester_stream_bytes",
                                  "Memory that active streams take: labels and state.")),
      sealing_bytes(registry.gauge("skald_ingester_sealing_bytes",
                                   "Memory of closed blocks that wait to be compressed.")),
      in_flight_bytes(registry.gauge("skald_ingester_in_flight_bytes",
                                     "Bytes of pushes that are not in a memtable yet.")),
      generations(
          registry.gauge("skald_ingester_generations", "Generations whose rows are in memory.")),
      flush_queue_length(registry.gauge("loki_ingester_flush_queue_length",
                                        "Ended generations that wait to be published.")),
      flush_failures(registry.counter("loki_ingester_chunks_flush_failures_total",
                                      "Attempts to publish a generation that failed.")),
      flush_seconds(registry.histogram("skald_ingester_flush_duration_seconds",
                                       "Time to publish one generation.", {},
                                       {.01, .03, .1, .3, 1, 3, 10, 30, 100})),
      block_utilization(registry.histogram(
          "loki_ingester_chunk_utilization",
          "Lines and metadata of a flushed block, as a part of what a full one has.", {},
          {0, .2, .4, .6000000000000001, .8, 1})),
      block_age(registry.histogram("loki_ingester_chunk_age_seconds",
                                   "Age of the oldest line of a flushed block.", {},
                                   {60, 300, 600, 1800, 3600, 7200, 14400, 36000, 43200, 57600})),
      block_hours(registry.histogram("loki_ingester_chunk_bounds_hours",
                                     "Time between the oldest and the newest line of a flushed "
                                     "block.",
                                     {}, {1, 2, 3, 4, 5, 6, 7, 8})),
      block_bytes(registry.histogram(
          "loki_ingester_chunk_size_bytes", "Bytes of a flushed block, compressed.", {},
          {20e3, 40e3, 80e3, 160e3, 320e3, 640e3, 1.28e6, 2.56e6, 5.12e6, 1.024e7})),
      block_rows(registry.histogram("loki_ingester_chunk_entries", "Lines of a flushed block.", {},
                                    {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200})),
      block_runs(registry.histogram("loki_chunk_store_index_entries_per_chunk",
                                    "Streams of a flushed block, each an entry of the index.", {},
                                    {1, 2, 4, 8, 16})),
      seal_failures(registry.counter("skald_ingester_seal_failures_total",
                                     "Blocks that could not be compressed.")),
      pushes_delayed(registry.counter("skald_ingester_pushes_delayed_total",
                                      "Pushes that waited for memory.")),
      pushes_refused(registry.counter("skald_ingester_pushes_refused_total",
                                      "Pushes that were refused for lack of memory.")),
      wal_failures(registry.counter("skald_ingester_wal_failures_total",
                                    "Pushes that the write-ahead log could not take.")),
      replay_active(registry.gauge("loki_ingester_wal_replay_active",
                                   "1 while the write-ahead log is replayed.")),
      replay_seconds(registry.gauge("loki_ingester_wal_replay_duration_seconds",
                                    "How long the last replay took.")),
      replay_corruptions(registry.counter("loki_ingester_wal_corruptions_total",
                                          "Damaged records of the write-ahead log.",
                                          {{"type", "segment"}})),
      replay_records(registry.counter("skald_ingester_wal_recovered_records_total",
                                      "Records that were replayed.")),
      replay_bytes(registry.counter("loki_ingester_wal_recovered_bytes_total",
                                    "Bytes of write-ahead log files that were replayed.")),
      replay_entries(registry.counter("loki_ingester_wal_recovered_entries_total",
                                      "Entries that were replayed.")),
      replay_streams(registry.counter("loki_ingester_wal_recovered_streams_total",
                                      "Streams that were replayed.")),
      registry_(registry) {}

std::uint64_t IngesterMetrics::count_flushed(const FlushedBlocks& flushed, std::string_view reason,
                                             std::uint64_t full_bytes, TimeNs now) {
    std::uint64_t count = 0;
    for (const auto& [tenant, blocks] : flushed) {
        std::uint64_t bytes = 0;
        for (const FlushedBlock& block : blocks) {
            const auto full = static_cast<double>(std::max<std::uint64_t>(full_bytes, 1));
            block_utilization.observe(static_cast<double>(block.raw_bytes) / full);
            block_age.observe(static_cast<double>(now - block.min_time) / kNanosPerSecond);
            block_hours.observe(static_cast<double>(block.max_time - block.min_time) /
                                kNanosPerHour);
            block_bytes.observe(static_cast<double>(block.stored_bytes));
            block_rows.observe(static_cast<double>(block.rows));
            block_runs.observe(static_cast<double>(block.runs));
            bytes += block.stored_bytes;
        }
        const MetricLabels labels = {{"tenant", tenant.text()}};
        registry_
            .counter("loki_ingester_chunks_stored_total", "Blocks written to segments.", labels)
            .add(static_cast<double>(blocks.size()));
        registry_
            .counter("loki_ingester_chunk_stored_bytes_total",
                     "Bytes of blocks written to segments, compressed.", labels)
            .add(static_cast<double>(bytes));
        count += blocks.size();
    }
    registry_
        .counter("loki_ingester_chunks_flushed_total",
                 "Blocks written to segments, by why their generation ended.",
                 {{"reason", std::string(reason)}})
        .add(static_cast<double>(count));
    return count;
}

}  // namespace skald::write
