// SPDX-License-Identifier: Apache-2.0
#include "take_turns.h"

#include "error_response.h"

#include <skald/read/querier/query_checks.h>

#include <utility>

namespace skald::api {

namespace {

Task<HttpResponse> handle_in_turn(Router::Handler handler, read::FairQueue& queue,
                                  const LimitsSource& limits, HttpRequest request) {
    const auto strictest = read::strictest_limits(limits, *request.tenant, request.more_tenants);
    const auto ticket =
        co_await queue.enter(*request.tenant, strictest->max_query_parallelism, request.cancel);
    if (!ticket) co_return query_error(ticket.error(), request);
    HttpResponse response = co_await handler(std::move(request));
    co_return response;
}

}  // namespace

Router::Handler take_turns(Router::Handler handler, read::FairQueue* queue,
                           const LimitsSource& limits) {
    if (queue == nullptr) return handler;
    return [handler = std::move(handler), queue, &limits](HttpRequest request) {
        return handle_in_turn(handler, *queue, limits, std::move(request));
    };
}

}  // namespace skald::api
