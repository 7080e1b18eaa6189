// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include <string>

namespace skald::write {

IngesterMetrics::IngesterMetrics(MetricsRegistry& registry)
    : memory_blocks(
          registry.gauge("loki_ingester_memory_chunks", "Blocks in memory, open ones included.")),
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

Counter IngesterMetrics::blocks_flushed(std::string_view reason) const {
    return registry_.counter("loki_ingester_chunks_flushed_total",
                             "Blocks written to segments, by why their generation ended.",
                             {{"reason", std::string(reason)}});
}

}  // namespace skald::write
