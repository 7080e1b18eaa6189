// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"
#include "tail_json.h"

#include <skald/api/access.h>
#include <skald/api/tails.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/task.h>
#include <skald/foundation/runtime/worker_pool.h>
#include <skald/read/querier/querier.h>

namespace skald::api {

/// `GET /loki/api/v1/tail` and its elder (http-api 12): the handshake of a WebSocket. Mistakes in
/// parameters are answered before it, limits by closing the socket.
/// Threading: thread-safe. What is passed by reference must outlive it.
class TailEndpoint {
public:
    /// `access` may be null: then everybody is let in.
    TailEndpoint(Tails& tails, read::Querier& querier, const LimitsSource& limits,
                 const Access* access, Clock& clock, WorkerPool& workers)
        : tails_(tails),
          querier_(querier),
          limits_(limits),
          access_(access),
          clock_(clock),
          workers_(workers) {}

    Task<HttpResponse> tail(HttpRequest request);
    Task<HttpResponse> tail_legacy(HttpRequest request);

private:
    /// What the client asks for.
    struct Wanted {
        read::QueryRequest query;
        read::ExprPtr expr;
        DurationNs delay = 0;
        TailShape shape = TailShape::kPlain;
    };

    void hold_to_limit(read::QueryRequest& query) const;
    Result<Wanted> prepare(const HttpRequest& request, bool legacy) const;
    Task<HttpResponse> open(HttpRequest request, bool legacy);
    Task<Result<void>> add_history(std::shared_ptr<TailClient> client, read::QueryRequest query,
                                   CancelToken cancel);

    Tails& tails_;
    read::Querier& querier_;
    const LimitsSource& limits_;
    const Access* const access_;
    Clock& clock_;
    WorkerPool& workers_;
};

}  // namespace skald::api
