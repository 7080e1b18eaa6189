// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"
#include "refused_bodies.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/distributor.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>

namespace skald::api {

/// Which JSON a push endpoint takes; protobuf is the same in both.
enum class PushShape { kCurrent, kLegacy };

/// Unpacks and decodes the body of a push (http-api 4.1, 4.2). Takes the body out of the request
/// and charges what it becomes to the request's share. Errors: those of the headers, of unpack_body
/// and of the decoders.
Result<write::PushBatch> decode_push(HttpRequest& request, PushShape shape,
                                     std::uint64_t decompressed_max);

/// The answer to a push whose body is larger than `limit` bytes before it is unpacked.
HttpResponse refuse_push_body(const HttpRequest& head, std::uint64_t size, std::uint64_t limit);

/// `POST /loki/api/v1/push` and its elder.
///
/// Write path: [PushEndpoint] -> distributor.
/// Threading: thread-safe.
class PushEndpoint {
public:
    PushEndpoint(write::Distributor& distributor, const LimitsSource& limits, WorkerPool& workers,
                 MetricsRegistry& metrics, std::uint64_t decompressed_max)
        : distributor_(distributor),
          limits_(limits),
          workers_(workers),
          decompressed_max_(decompressed_max),
          refused_(metrics, write::PushFormat::kLoki) {}

    Task<HttpResponse> push(HttpRequest request);
    Task<HttpResponse> push_legacy(HttpRequest request);

private:
    Task<HttpResponse> push_as(HttpRequest request, PushShape shape);

    write::Distributor& distributor_;
    const LimitsSource& limits_;
    WorkerPool& workers_;
    std::uint64_t decompressed_max_;
    const RefusedBodies refused_;
};

}  // namespace skald::api
