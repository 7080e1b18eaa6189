// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/telemetry/metrics.h>

#include <string>

namespace skald::api {

/// Of one series of `loki_request_duration_seconds`.
struct RequestLabels {
    std::string method;
    std::string route;
    std::string status;
    bool socket = false;  ///< A WebSocket.
};

/// `loki_request_duration_seconds`, which Loki's dashboards read for HTTP and gRPC alike.
Histogram request_duration(MetricsRegistry& registry, const RequestLabels& labels);
/// `loki_request_message_bytes`, for both as well.
Histogram request_bytes(MetricsRegistry& registry, const std::string& method,
                        const std::string& route);
/// `loki_response_message_bytes`.
Histogram response_bytes(MetricsRegistry& registry, const std::string& method,
                         const std::string& route);

}  // namespace skald::api
