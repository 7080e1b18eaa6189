// SPDX-License-Identifier: Apache-2.0
#include "tail_endpoint.h"

#include "encoding_flags.h"
#include "error_response.h"
#include "http_form.h"
#include "query_parameters.h"
#include "tail_client.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>
#include <skald/read/logql/parser.h>
#include <skald/read/querier/query_checks.h>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace skald::api {

namespace {

/// A socket that is closed as soon as it is open: the only way to tell a browser why.
class ClosedSource final : public MessageSource {
public:
    explicit ClosedSource(std::string reason) : reason_(std::move(reason)) {}
    void start(std::shared_ptr<MessageSink>) override {}
    Next next() override {
        Next next;
        next.kind = Kind::kClose;
        next.code = CloseCode::kInternalError;
        next.reason = reason_;
        return next;
    }

private:
    const std::string reason_;
};

HttpResponse socket_with(std::shared_ptr<MessageSource> source) {
    HttpResponse response;
    response.status = 101;
    response.socket = std::move(source);
    return response;
}

/// RFC 6455, 4.2.1.
bool is_handshake(const HttpRequest& request) {
    const auto header = [&](std::string_view name) {
        return std::string(request.headers.find(name).value_or(""));
    };
    bool upgrade = false;
    const std::string connection = request.headers.joined("Connection");
    for (std::string_view rest = connection; !rest.empty();)
        upgrade |= equal_ignoring_case(trim_blanks(take_part(rest, ',')), "upgrade");
    return request.method == Method::kGet && upgrade &&
           equal_ignoring_case(header("Upgrade"), "websocket") &&
           header("Sec-WebSocket-Version") == "13" && header("Sec-WebSocket-Key").size() == 24;
}

HttpResponse not_a_handshake() {
    HttpResponse response = plain_text(400, "Bad Request\n");
    response.headers.emplace_back("Sec-Websocket-Version", "13");
    return response;
}

/// Rows of an answer by time, the oldest first.
std::vector<read::LiveQuery::Row> rows_of(read::StreamsResult result) {
    std::vector<read::LiveQuery::Row> rows;
    for (read::LogStream& stream : result.streams) {
        // Newest first.
        for (auto row = stream.rows.rbegin(); row != stream.rows.rend(); ++row)
            rows.push_back({stream.labels, std::move(*row)});
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.row.time < b.row.time; });
    return rows;
}

}  // namespace

/// `limit` is of the lines that were there before: Loki does not refuse one that a query may not
/// have, and nobody would like a live tail to end for it.
void TailEndpoint::hold_to_limit(read::QueryRequest& query) const {
    const auto limits = read::strictest_limits(limits_, query.tenant, {}, query.asked_limits.get());
    const std::uint32_t most = limits->max_entries_limit_per_query;
    if (most > 0) query.limit = std::min(query.limit, most);
}

Result<TailEndpoint::Wanted> TailEndpoint::prepare(const HttpRequest& request, bool legacy) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(read::QueryRequest query, parse_tail_query(form, clock_.wall_now()));
    query.tenant = *request.tenant;
    query.asked_limits = request.asked_limits;
    hold_to_limit(query);
    Wanted wanted{.query = std::move(query), .expr = {}, .delay = 0, .shape = TailShape::kPlain};
    SKALD_TRY(wanted.delay, parse_tail_delay(form));
    SKALD_TRY(wanted.expr, read::parse_query(wanted.query.query));
    if (wants_categories(encoding_flags(request))) wanted.shape = TailShape::kCategorized;
    if (legacy) wanted.shape = TailShape::kLegacy;
    return wanted;
}

Task<HttpResponse> TailEndpoint::tail(HttpRequest request) {
    return open(std::move(request), false);
}

Task<HttpResponse> TailEndpoint::tail_legacy(HttpRequest request) {
    return open(std::move(request), true);
}

Task<HttpResponse> TailEndpoint::open(HttpRequest request, bool legacy) {
    const Executor executor = co_await boost::asio::this_coro::executor;
    // Both may compile regular expressions, which takes a while.
    const auto prepare_this = [this, &request, legacy] { return prepare(request, legacy); };
    Result<Wanted> wanted = co_await run_on(workers_, Lane::kQuery, prepare_this);
    if (!wanted) co_return query_error(wanted.error(), request);
    if (!is_handshake(request)) co_return not_a_handshake();
    const auto join = [this, &executor, &wanted] {
        return tails_.join(executor, wanted->query.tenant, *wanted->expr, wanted->shape,
                           wanted->delay);
    };
    Result<std::shared_ptr<TailClient>> client = co_await run_on(workers_, Lane::kQuery, join);
    if (!client) co_return socket_with(std::make_shared<ClosedSource>(client.error().message));
    if (access_ != nullptr && request.principal != nullptr) {
        // A tail may last for days: a token that is taken away meanwhile ends it.
        (*client)->guard(
            [access = access_, principal = request.principal, tenant = wanted->query.tenant] {
                return access->refuse(*principal, Right::kRead, tenant);
            });
    }
    // From here on the tail sees live rows; what was stored before is asked for.
    Result<void> ready = co_await add_history(*client, std::move(wanted->query), request.cancel);
    if (!ready) co_return socket_with(std::make_shared<ClosedSource>(ready.error().message));
    co_return socket_with(*std::move(client));
}

Task<Result<void>> TailEndpoint::add_history(std::shared_ptr<TailClient> client,
                                             read::QueryRequest query, CancelToken cancel) {
    query.end = std::max(query.end, clock_.wall_now());
    Result<read::QueryResponse> answer =
        co_await querier_.query(std::move(query), std::move(cancel));
    if (!answer) co_return std::move(answer).error();
    auto* const streams = std::get_if<read::StreamsResult>(&answer->data);
    if (streams != nullptr) client->set_history(rows_of(std::move(*streams)));
    co_return Result<void>();
}

}  // namespace skald::api
