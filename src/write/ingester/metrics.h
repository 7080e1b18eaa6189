// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_fill.h"

#include <skald/foundation/model/time.h>
#include <skald/foundation/telemetry/metrics.h>

#include <cstdint>
#include <string_view>

namespace skald::write {

/// The ingester's metrics that have no tenant. `loki_` names are those that dashboards for Loki
/// read; a block is what they call a chunk. Threading: thread-safe.
class IngesterMetrics {
public:
    explicit IngesterMetrics(MetricsRegistry& registry);

    /// Counts the blocks of a segment that was published, and returns how many they are. `reason`
    /// is why their generation ended, `block_bytes` what a full block has.
    std::uint64_t count_flushed(const FlushedBlocks& flushed, std::string_view reason,
                                std::uint64_t block_bytes, TimeNs now);

    Gauge memory_blocks;
    Counter blocks_created;
    Gauge memory_bytes;
    Gauge stream_bytes;
    Gauge sealing_bytes;
    Gauge in_flight_bytes;
    Gauge generations;
    Gauge flush_queue_length;
    Counter flush_failures;
    Histogram flush_seconds;
    Histogram block_utilization;
    Histogram block_age;
    Histogram block_hours;
    Histogram block_bytes;
    Histogram block_rows;
    Histogram block_runs;
    Counter seal_failures;
    Counter pushes_delayed;
    Counter pushes_refused;
    Counter wal_failures;
    Gauge replay_active;
    Gauge replay_seconds;
    Counter replay_corruptions;
    Counter replay_records;
    Counter replay_bytes;
    Counter replay_entries;
    Counter replay_streams;

private:
    MetricsRegistry& registry_;
};

}  // namespace skald::write
