// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"
#include "refused_bodies.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/distributor.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>

namespace skald::api {

/// An error as OTLP clients read it: the text as a protobuf `google.rpc.Status`. What would be 500
/// is 503, because those clients give up on 500.
HttpResponse otlp_error(const Error& error);

/// The answer to a body that is larger than `limit` bytes before it is unpacked.
HttpResponse refuse_otlp_body(const HttpRequest& head, std::uint64_t size, std::uint64_t limit);

/// `POST /otlp/v1/logs`: OpenTelemetry's log records, in protobuf or JSON (http-api 6).
///
/// Write path: [OtlpEndpoint] -> distributor.
/// Threading: thread-safe. What is passed by reference must outlive it.
class OtlpEndpoint {
public:
    OtlpEndpoint(write::Distributor& distributor, const LimitsSource& limits, Clock& clock,
                 WorkerPool& workers, MetricsRegistry& metrics, std::uint64_t decompressed_max)
        : distributor_(distributor),
          limits_(limits),
          clock_(clock),
          workers_(workers),
          decompressed_max_(decompressed_max),
          refused_(metrics, write::PushFormat::kOtlp) {}

    Task<HttpResponse> logs(HttpRequest request);

private:
    Result<write::PushBatch> decode(HttpRequest& request) const;

    write::Distributor& distributor_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    std::uint64_t decompressed_max_;
    const RefusedBodies refused_;
};

}  // namespace skald::api
