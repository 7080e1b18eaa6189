// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

#include <string_view>

namespace skald::write {

/// The ingester's metrics that have no tenant. `loki_` names are those that dashboards for Loki
/// read; a block is what they call a chunk. Threading: thread-safe.
class IngesterMetrics {
public:
    explicit IngesterMetrics(MetricsRegistry& registry);

    /// Blocks that went into a segment, by why their generation ended.
    Counter blocks_flushed(std::string_view reason) const;

    Gauge memory_blocks;
    Gauge memory_bytes;
    Gauge stream_bytes;
    Gauge sealing_bytes;
    Gauge in_flight_bytes;
    Gauge generations;
    Gauge flush_queue_length;
    Counter flush_failures;
    Histogram flush_seconds;
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
