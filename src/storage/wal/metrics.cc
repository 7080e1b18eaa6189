// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

namespace skald::storage {
namespace {

/// From a fast local disk (0.1 ms) to one that is in trouble.
const std::vector<double> kSyncBuckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                       0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

}  // namespace

WalMetrics::WalMetrics(MetricsRegistry& registry)
    : records(registry.counter("skald_wal_records_total",
                               "Records that were written to the write-ahead log and synced.")),
      bytes(registry.counter("skald_wal_bytes_written_total",
                             "Bytes that were written to the write-ahead log and synced.")),
      loki_records(registry.counter("loki_ingester_wal_records_logged_total",
                                    "Records that were written to the write-ahead log.")),
      loki_bytes(registry.counter("loki_ingester_wal_logged_bytes_total",
                                  "Bytes that were written to the write-ahead log.")),
      disk_full(registry.counter("loki_ingester_wal_disk_full_failures_total",
                                 "Writes of the write-ahead log that failed because the disk was "
                                 "full.")),
      sync_failures(registry.counter("skald_wal_sync_failures_total",
                                     "Syncs of the write-ahead log that failed.")),
      sync_seconds(registry.histogram("skald_wal_sync_duration_seconds",
                                      "Time that a sync of the write-ahead log took.", {},
                                      kSyncBuckets)) {}

}  // namespace skald::storage
