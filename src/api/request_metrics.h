// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>

#include <map>
#include <string>
#include <tuple>

namespace skald::api {

/// The metrics that Loki's dashboards read of an HTTP server.
/// Threading: thread-safe.
class RequestMetrics {
public:
    explicit RequestMetrics(MetricsRegistry& registry);

    /// `loki_inflight_requests` of the method and route.
    Gauge inflight(Method method, const std::string& route);
    /// `loki_request_duration_seconds` of the method, route and status; `socket`: of a WebSocket.
    Histogram duration(Method method, const std::string& route, int status, bool socket);
    /// `loki_request_message_bytes` and `loki_response_message_bytes`.
    struct Sizes {
        Histogram request;
        Histogram response;
    };
    Sizes sizes(Method method, const std::string& route);

    Gauge connections;          ///< `loki_tcp_connections`
    Counter exceptions;         ///< `loki_panic_total`
    Counter failed_handshakes;  ///< Of TLS.
    Counter refused;            ///< Connections beyond the limit.

private:
    struct Known {
        std::map<std::pair<Method, std::string>, Gauge> inflight;
        std::map<std::tuple<Method, std::string, int, bool>, Histogram> duration;
        std::map<std::pair<Method, std::string>, Sizes> sizes;
    };

    MetricsRegistry& registry_;
    Guarded<Known> known_;  // The registry's own look-up builds label maps.
};

}  // namespace skald::api
