// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>

#include <map>
#include <string>
#include <utility>

namespace skald::grpc {

/// What the dashboards read of calls. Threading: thread-safe.
class CallMetrics {
public:
    explicit CallMetrics(MetricsRegistry& registry) : registry_(registry) {}

    /// `loki_request_duration_seconds` of the route ("/logproto.Pusher/Push") and status.
    Histogram duration(const std::string& route, const std::string& status);
    /// `loki_request_message_bytes` of the route. (Answers of pushes have no bytes.)
    Histogram message_bytes(const std::string& route);

private:
    MetricsRegistry& registry_;
    Guarded<std::map<std::pair<std::string, std::string>, Histogram>> known_;
    Guarded<std::map<std::string, Histogram>> known_sizes_;
};

}  // namespace skald::grpc
