// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/catalog/catalog.h>

#include <memory>

namespace skald::app {

/// The catalog, with the time of its calls in `loki_index_request_duration_seconds`, under the
/// names of Loki's operations: `index_chunk` writes, the others look something up. What is only
/// asked at the start or by the compactor isn't measured.
/// `clock` and `metrics` must outlive it.
std::unique_ptr<storage::Catalog> meter(std::unique_ptr<storage::Catalog> catalog, Clock& clock,
                                        MetricsRegistry& metrics);

}  // namespace skald::app
