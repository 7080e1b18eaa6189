// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

namespace skald::storage {

/// What the write-ahead log counts. The loki_* names are those that dashboards for Loki use.
struct WalMetrics {
    explicit WalMetrics(MetricsRegistry& registry);

    Counter records;
    Counter bytes;
    Counter loki_records;
    Counter loki_bytes;
    Counter disk_full;
    Counter sync_failures;
    Histogram sync_seconds;
};

}  // namespace skald::storage
