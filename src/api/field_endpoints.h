// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/querier/detected_fields.h>
#include <skald/read/querier/querier.h>

#include <cstdint>
#include <string>
#include <vector>

namespace skald::api {

/// The endpoints that look for fields in a sample of lines (http-api section 11).
///
/// Read path: [FieldEndpoints] -> querier (the newest lines of the query).
/// Threading: thread-safe.
class FieldEndpoints {
public:
    FieldEndpoints(read::Querier& querier, Clock& clock, WorkerPool& workers)
        : querier_(querier), clock_(clock), workers_(workers) {}

    Task<HttpResponse> fields(HttpRequest request);
    Task<HttpResponse> values(HttpRequest request);

private:
    enum class Kind { kFields, kValues };
    struct Prepared {
        read::QueryRequest query;
        std::uint32_t limit = 0;  ///< Of fields or values.
    };

    Task<HttpResponse> answer(HttpRequest request, Kind kind);
    Result<Prepared> prepare(const HttpRequest& request) const;

    read::Querier& querier_;
    Clock& clock_;
    WorkerPool& workers_;
};

/// `{"fields":[…],"limit":…}`, or `{}` without fields.
std::string detected_fields_json(const std::vector<read::DetectedField>& fields,
                                 std::uint32_t limit);
/// `{"values":[…],"limit":…}`, or `{}` without values.
std::string detected_values_json(const std::vector<std::string>& values, std::uint32_t limit);

}  // namespace skald::api
