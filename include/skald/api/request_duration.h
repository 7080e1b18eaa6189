// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

#include <string>

namespace skald::api {

/// `loki_request_duration_seconds`, which Loki's dashboards read for HTTP and gRPC alike.
Histogram request_duration(MetricsRegistry& registry, const std::string& method,
                           const std::string& route, const std::string& status);

}  // namespace skald::api
