// SPDX-License-Identifier: Apache-2.0
#include "extent_cache.h"
#include "front_query.h"
#include "retries.h"

#include <skald/read/frontend/frontend.h>
#include <skald/read/querier/query_checks.h>
#include <skald/read/querier/query_journal.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace skald::read {
namespace {

double seconds(Clock::TimePoint from, Clock::TimePoint to) {
    return std::chrono::duration<double>(to - from).count();
}

/// Shared by the coroutine and the jobs that it has posted, because those may outlive a coroutine
/// that is destroyed.
using QueryPtr = std::shared_ptr<FrontQuery>;

class Frontend final : public Querier {
public:
    Frontend(FrontendOptions options, FrontendParts parts)
        : parts_(parts),
          cache_(options.cache_results ? options.cache_bytes : 0, parts.metrics),
          retries_(parts.querier, parts.clock, options.max_retries, parts.metrics),
          journal_(parts.metrics),
          pieces_(parts.metrics.histogram("loki_query_frontend_partitions",
                                          "Parts that queries were answered in.", {},
                                          {1, 4, 16, 64, 256})),
          empty_hits_(parts.metrics.counter(
              "loki_query_frontend_log_result_cache_hit_total",
              "Intervals of log queries that were known to be without rows.")),
          empty_misses_(parts.metrics.counter(
              "loki_query_frontend_log_result_cache_miss_total",
              "Intervals of log queries that were not known to be without rows.")) {}

    Task<Result<QueryResponse>> query(QueryRequest request, CancelToken cancel) override;
    Task<Result<Names>> label_names(MetadataRequest request, CancelToken cancel) override {
        return parts_.querier.label_names(std::move(request), std::move(cancel));
    }
    Task<Result<Names>> label_values(MetadataRequest request, std::string name,
                                     CancelToken cancel) override {
        return parts_.querier.label_values(std::move(request), std::move(name), std::move(cancel));
    }
    Task<Result<std::vector<StreamPtr>>> series(MetadataRequest request,
                                                CancelToken cancel) override {
        return parts_.querier.series(std::move(request), std::move(cancel));
    }

private:
    Task<Result<QueryResponse>> answer(QueryPtr query);
    Task<Result<QueryResponse>> ask_whole(QueryPtr query);
    Task<Result<QueryResponse>> answer_metric(QueryPtr query);
    Task<Result<QueryResponse>> answer_log(QueryPtr query);
    Task<Result<QueryResponse>> ask(QueryPtr query, QueryRequest part);
    Result<QueryResponse> put_together(FrontQuery& query);
    ExtentCache* cache() { return cache_.enabled() ? &cache_ : nullptr; }

    const FrontendParts parts_;
    ExtentCache cache_;
    Retries retries_;
    QueryJournal journal_;
    Histogram pieces_;
    Counter empty_hits_;
    Counter empty_misses_;
};

Task<Result<QueryResponse>> Frontend::query(QueryRequest request, CancelToken cancel) {
    const Clock::TimePoint arrived = parts_.clock.now();
    const auto query = std::make_shared<FrontQuery>(std::move(request), std::move(cancel));
    const QueryRequest& asked = query->request;
    query->limits =
        strictest_limits(parts_.limits, asked.tenant, asked.more_tenants, asked.asked_limits.get());
    Clock::TimePoint started = arrived;

    Result<QueryResponse> response = Error{ErrorCode::kInternal, "not answered"};
    {
        auto ticket = co_await parts_.queue.enter(
            asked.tenant, query->limits->max_query_parallelism, query->cancel);
        started = parts_.clock.now();
        if (ticket) {
            const DurationNs timeout = query->limits->query_timeout;
            if (timeout > 0) query->deadline = started + std::chrono::nanoseconds(timeout);
            response = co_await answer(query);
        } else {
            response = std::move(ticket).error();
        }
    }
    const Clock::TimePoint ended = parts_.clock.now();
    if (response) {
        if (!query->memory.empty())
            response->memory =
                std::make_shared<const decltype(query->memory)>(std::move(query->memory));
        response->stats.queue_seconds += seconds(arrived, started);
        response->stats.exec_seconds =
            std::max(0.0, seconds(arrived, ended) - response->stats.queue_seconds);
        pieces_.observe(static_cast<double>(response->stats.parts));
    }
    journal_.note(query->request, query->expr.get(), response, parts_.clock.wall_now(),
                  seconds(arrived, ended));
    co_return response;
}

Task<Result<QueryResponse>> Frontend::answer(QueryPtr query) {
    // What is all known is answered by one job.
    using Known = Result<std::optional<QueryResponse>>;
    auto prepare = [this, query]() -> Known {
        if (query->cancel.cancelled()) return query->cancel.error();
        SKALD_CHECK(
            query->prepare(cache(), parts_.changes, parts_.limits, parts_.clock.wall_now()));
        const bool is_known = query->metric != nullptr && query->metric->gaps().empty();
        if (!is_known) return std::optional<QueryResponse>();
        SKALD_TRY(QueryResponse response, query->answer());
        return std::optional<QueryResponse>(std::move(response));
    };
    Known known = co_await run_on(parts_.workers, query->turn(), std::move(prepare));
    if (!known) co_return std::move(known).error();
    if (known->has_value()) co_return std::move(**known);

    Result<QueryResponse> response = Error{ErrorCode::kInternal, "not answered"};
    if (query->metric != nullptr) {
        response = co_await answer_metric(query);
    } else if (query->log != nullptr) {
        response = co_await answer_log(query);
    } else {
        response = co_await ask_whole(query);
    }
    co_return response;
}

/// Asks for a part and adds up what it cost.
Task<Result<QueryResponse>> Frontend::ask(QueryPtr query, QueryRequest part) {
    if (query->cancel.cancelled()) co_return query->cancel.error();
    Result<QueryResponse> response = co_await retries_.query(std::move(part), query->cancel);
    if (!response) co_return response;
    const std::uint64_t streams = query->stats.streams_matched;
    query->stats += response->stats;
    query->stats.streams_matched = std::max(streams, response->stats.streams_matched);
    ++query->stats.parts;
    for (std::string& warning : response->warnings) query->warnings.push_back(std::move(warning));
    response->warnings.clear();
    if (response->memory != nullptr) query->memory.push_back(std::move(response->memory));
    co_return response;
}

Task<Result<QueryResponse>> Frontend::ask_whole(QueryPtr query) {
    Result<QueryResponse> response = co_await ask(query, query->whole());
    if (!response) co_return response;
    response->stats = query->stats;
    response->warnings = std::move(query->warnings);
    co_return response;
}

Result<QueryResponse> Frontend::put_together(FrontQuery& query) {
    if (query.log != nullptr) {
        empty_hits_.add(static_cast<double>(query.stats.cache_hits));
        empty_misses_.add(static_cast<double>(query.stats.cache_requests - query.stats.cache_hits));
    }
    return query.answer();
}

Task<Result<QueryResponse>> Frontend::answer_metric(QueryPtr query) {
    for (const MetricSplit::Range& gap : query->metric->gaps()) {
        Result<QueryResponse> part = co_await ask(
            query,
            query->part(query->metric->time_of(gap.first), query->metric->time_of(gap.last)));
        if (!part) co_return part;
        if (query->metric->take(gap, std::get<MatrixResult>(part->data))) continue;
        query->metric.reset();
        Result<QueryResponse> whole = co_await ask_whole(query);
        co_return whole;
    }
    auto finish = [this, query] { return put_together(*query); };
    Result<QueryResponse> response =
        co_await run_on(parts_.workers, query->turn(), std::move(finish));
    co_return response;
}

Task<Result<QueryResponse>> Frontend::answer_log(QueryPtr query) {
    while (const auto part = query->log->next()) {
        QueryRequest request = query->part(part->start, part->end);
        request.limit = part->limit;
        Result<QueryResponse> answer = co_await ask(query, std::move(request));
        if (!answer) co_return answer;
        query->log->take(*part, std::move(std::get<StreamsResult>(answer->data)));
    }
    auto finish = [this, query] { return put_together(*query); };
    Result<QueryResponse> response =
        co_await run_on(parts_.workers, query->turn(), std::move(finish));
    co_return response;
}

}  // namespace

std::unique_ptr<Querier> make_frontend(FrontendOptions options, FrontendParts parts) {
    return std::make_unique<Frontend>(options, parts);
}

}  // namespace skald::read
