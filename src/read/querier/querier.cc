// SPDX-License-Identifier: Apache-2.0
#include "allowance.h"
#include "listings.h"
#include "log_answer.h"
#include "log_query.h"
#include "metric_answer.h"
#include "metric_query.h"
#include "parallel.h"
#include "query_context.h"
#include "query_log.h"
#include "query_metrics.h"
#include "range_query.h"
#include "run_set.h"
#include "stream_lists.h"
#include "tenant_scope.h"

#include <skald/foundation/model/regex_allowance.h>
#include <skald/read/logql/parser.h>
#include <skald/read/querier/querier.h>
#include <skald/read/querier/query_checks.h>
#include <skald/read/querier/query_journal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <utility>

namespace skald::read {
namespace {

double seconds(Clock::TimePoint from, Clock::TimePoint to) {
    return std::chrono::duration<double>(to - from).count();
}

std::vector<std::string> tenants_of(const Querier::MetadataRequest& request) {
    std::vector<std::string> names = {request.tenant.text()};
    for (const TenantId& tenant : request.more_tenants) names.push_back(tenant.text());
    return names;
}

/// A running query. Shared by the coroutine and the jobs that it has posted, because those may
/// outlive a coroutine that is destroyed.
struct RunningQuery {
    RunningQuery(QueryRequest request, CancelToken cancel, Clock& clock, MemoryBudget* memory)
        : context(std::move(request), std::move(cancel), clock, memory),
          turn(Lane::kQuery, context.request.tenant.flow()) {}

    QueryContext context;
    const Turn turn;
    ExprPtr expr;
    bool too_old = false;  ///< All of it is beyond max_query_lookback.
    Clock::TimePoint started;

    // Log queries.
    std::shared_ptr<const Pipeline> pipeline;
    LogQuery::Range range;
    std::unique_ptr<LogQuery> log;
    std::vector<LogCandidate> rows;

    std::vector<PlanPart> plan;  ///< If asked for.

    // Metric queries.
    MetricPlan metric;
    Steps steps;
    std::unique_ptr<RangeQuery> aggregation;
    std::vector<StepMatrix> matrices;

    std::size_t width = 1;               ///< Workers that it may have at a time.
    std::uint64_t bytes_selected = 0;    ///< Of lines of all runs so far.
    std::shared_ptr<const RunSet> runs;  ///< Of the log query or the range aggregation at hand.
};
using Running = std::shared_ptr<RunningQuery>;

class QuerierImpl final : public Querier {
public:
    QuerierImpl(const storage::MemtableSource& memtables, const storage::Store& store,
                const LimitsSource& limits, Clock& clock, WorkerPool& workers,
                MetricsRegistry& metrics, MemoryBudget* memory)
        : memory_(memory),
          memtables_(memtables),
          store_(store),
          limits_(limits),
          clock_(clock),
          workers_(workers),
          journal_(metrics),
          listings_(limits, clock, workers, metrics) {}

    Task<Result<QueryResponse>> query(QueryRequest request, CancelToken cancel) override;
    Task<Result<Names>> label_names(MetadataRequest request, CancelToken cancel) override;
    Task<Result<Names>> label_values(MetadataRequest request, std::string name,
                                     CancelToken cancel) override;
    Task<Result<std::vector<StreamPtr>>> series(MetadataRequest request,
                                                CancelToken cancel) override;

private:
    Task<Result<QueryResponse>> answer(Running query);
    Task<Result<QueryResponse>> answer_log(Running query);
    Task<Result<void>> find_rows(Running query);
    Task<Result<void>> search_page(Running query, std::size_t limit);
    Task<Result<void>> read_contents(Running query);
    Task<Result<QueryResponse>> answer_metric(Running query);
    Task<Result<void>> aggregate_range(Running query, std::size_t index);

    Result<void> prepare(RunningQuery& query) const;
    static Result<void> note_selected(RunningQuery& query);
    Result<void> select_log(RunningQuery& query) const;
    Result<void> select_range(RunningQuery& query, std::size_t index) const;

    std::size_t slots() const { return workers_.threads(); }

    MemoryBudget* const memory_;
    const storage::MemtableSource& memtables_;
    const storage::Store& store_;
    const LimitsSource& limits_;
    Clock& clock_;
    WorkerPool& workers_;
    QueryJournal journal_;
    Listings listings_;
};

Task<Result<QueryResponse>> QuerierImpl::query(QueryRequest request, CancelToken cancel) {
    const Clock::TimePoint posted = clock_.now();
    const auto running =
        std::make_shared<RunningQuery>(std::move(request), std::move(cancel), clock_, memory_);
    const QueryRequest& asked = running->context.request;
    running->context.limits =
        strictest_limits(limits_, asked.tenant, asked.more_tenants, asked.asked_limits.get());
    running->width = std::min<std::size_t>(slots(), running->context.limits->max_query_parallelism);
    running->context.slots.resize(slots());
    const DurationNs timeout = running->context.limits->query_timeout;
    if (asked.deadline) {
        running->context.stop.end_at(*asked.deadline);
    } else if (timeout > 0) {
        running->context.stop.end_at(posted + std::chrono::nanoseconds(timeout));
    }
    running->bytes_selected = asked.bytes_before;
    running->started = posted;

    Result<QueryResponse> response = co_await answer(running);

    const Clock::TimePoint ended = clock_.now();
    if (response) {
        response->plan = std::move(running->plan);
        response->memory = running->context.memory;
        response->stats.queue_seconds = seconds(posted, running->started);
        response->stats.exec_seconds = seconds(running->started, ended);
    }
    if (asked.part_of == nullptr) {
        journal_.note(asked, running->expr.get(), response, clock_.wall_now(),
                      seconds(posted, ended));
    }
    co_return response;
}

Task<Result<QueryResponse>> QuerierImpl::answer(Running query) {
    auto prepare_job = [this, query]() -> Result<void> {
        query->started = clock_.now();
        if (query->context.should_stop()) return query->context.outcome();
        return prepare(*query);
    };
    Result<void> prepared = co_await run_on(workers_, query->turn, std::move(prepare_job));
    if (!prepared) co_return std::move(prepared).error();
    if (query->expr->is_log()) {
        Result<QueryResponse> log = co_await answer_log(query);
        co_return log;
    }
    Result<QueryResponse> metric = co_await answer_metric(query);
    co_return metric;
}

Result<void> QuerierImpl::prepare(RunningQuery& query) const {
    QueryRequest& request = query.context.request;
    const Limits& limits = *query.context.limits;
    query.expr = request.part_of;
    const bool is_part = query.expr != nullptr;
    if (!is_part) {
        SKALD_TRY(query.expr, parse_query(request.query));
        SKALD_CHECK(check_query(*query.expr, request, limits));
        request.too_old = !limit_lookback(request, limits, clock_.wall_now());
    }
    query.too_old = request.too_old;
    const RegexAllowance allowance(RegexAllowance::Kind::kShared);
    if (query.expr->is_log()) {
        SKALD_TRY(query.pipeline, Pipeline::create(std::get<LogExpr>(query.expr->node)));
        // [start, end) as an inclusive range.
        query.range = {request.start, subtract_times(request.end, 1)};
        if (!query.too_old && query.range.start <= query.range.end) return select_log(query);
        query.runs = RunSet::of({}, 0);
        return {};
    }
    SKALD_TRY(query.metric, MetricPlan::create(query.expr));
    const bool align = !is_part && limits.split_queries_by_interval > 0;
    SKALD_TRY(query.steps, steps_of(request, align));
    return {};
}

/// Counts what was selected and checks how much it is.
Result<void> QuerierImpl::note_selected(RunningQuery& query) {
    QueryStats& stats = query.context.slots[0].stats;
    stats.streams_matched += query.runs->streams();
    stats.bytes_selected += query.runs->line_bytes();
    query.bytes_selected += query.runs->line_bytes();
    return check_bytes(query.bytes_selected, query.context.request, *query.context.limits);
}

Result<void> QuerierImpl::select_log(RunningQuery& query) const {
    const storage::Selection selection{.tenant = query.context.request.tenant,
                                       .matchers = std::get<LogExpr>(query.expr->node).matchers,
                                       .start = query.range.start,
                                       .end = query.range.end};
    SKALD_TRY(query.runs,
              RunSet::select(memtables_, store_, selection, query.context.request.more_tenants,
                             query.context.stop, query.context.memory));
    return note_selected(query);
}

Task<Result<QueryResponse>> QuerierImpl::answer_log(Running query) {
    Result<void> found = co_await find_rows(query);
    if (!found) co_return std::move(found).error();
    auto collect = [query]() -> Result<QueryResponse> {
        query->log.reset();
        query->runs.reset();
        return log_answer(query->context, std::move(query->rows));
    };
    Result<QueryResponse> response = co_await run_on(workers_, query->turn, std::move(collect));
    co_return response;
}

/// Without `interval` the first page is the answer. With it each page is thinned out, and the next
/// one begins where the next row may be taken.
Task<Result<void>> QuerierImpl::find_rows(Running query) {
    constexpr std::size_t kPageMin = 1000;
    const QueryRequest& request = query->context.request;
    const std::size_t limit = request.limit;
    const DurationNs interval = request.interval;
    while (query->range.start <= query->range.end && query->rows.size() < limit) {
        const std::size_t page = interval > 0 ? std::max(limit, kPageMin) : limit;
        Result<void> searched = co_await search_page(query, page);
        if (!searched) co_return searched;
        if (request.explain) query->plan.push_back(query->log->explain(to_string(*query->expr)));
        std::vector<LogCandidate> rows = std::move(query->log->rows());
        const bool last_page = rows.size() < page || interval <= 0;
        thin_out(rows, interval, limit - query->rows.size());
        if (rows.empty()) break;
        const TimeNs last_time = rows.back().time;
        query->log->rows() = std::move(rows);
        Result<void> read = co_await read_contents(query);
        if (!read) co_return read;
        std::move(query->log->rows().begin(), query->log->rows().end(),
                  std::back_inserter(query->rows));
        if (last_page) break;
        if (request.direction == Direction::kBackward) {
            query->range.end = subtract_times(last_time, interval);
        } else {
            query->range.start = add_times(last_time, interval);
        }
    }
    co_return Result<void>();
}

Task<Result<void>> QuerierImpl::search_page(Running query, std::size_t limit) {
    query->log = std::make_unique<LogQuery>(query->context, *query->pipeline, query->runs,
                                            query->range, limit, slots());
    std::function<void(std::size_t, std::size_t)> search =
        [query](std::size_t slot, std::size_t index) { query->log->search(slot, index); };
    const std::size_t searches = query->log->searches();
    co_await run_parallel(workers_, clock_, query->turn, searches, query->width, std::move(search));
    Result<void> outcome = query->context.outcome();
    if (outcome) query->log->rank();
    co_return outcome;
}

Task<Result<void>> QuerierImpl::read_contents(Running query) {
    const std::size_t blocks = query->log->plan_content();
    std::function<void(std::size_t, std::size_t)> read =
        [query](std::size_t slot, std::size_t index) { query->log->read_content(slot, index); };
    co_await run_parallel(workers_, clock_, query->turn, blocks, query->width, std::move(read));
    co_return query->context.outcome();
}

Result<void> QuerierImpl::select_range(RunningQuery& query, std::size_t index) const {
    const RangePlan& plan = query.metric.ranges()[index];
    Windows windows(query.steps, plan.range.range, plan.range.offset);
    if (query.too_old || windows.buckets() == 0) {
        query.runs = RunSet::of({}, 0);
    } else {
        const storage::Selection selection{.tenant = query.context.request.tenant,
                                           .matchers = plan.range.log.matchers,
                                           .start = windows.first_time(),
                                           .end = windows.last_time()};
        SKALD_TRY(query.runs,
                  RunSet::select(memtables_, store_, selection, query.context.request.more_tenants,
                                 query.context.stop, query.context.memory));
    }
    SKALD_CHECK(note_selected(query));
    query.aggregation = std::make_unique<RangeQuery>(query.context, plan, query.steps,
                                                     std::move(windows), query.runs, slots());
    return {};
}

Task<Result<void>> QuerierImpl::aggregate_range(Running query, std::size_t index) {
    auto select = [this, query, index] { return select_range(*query, index); };
    Result<void> selected = co_await run_on(workers_, query->turn, std::move(select));
    if (!selected) co_return selected;
    std::function<void(std::size_t, std::size_t)> count =
        [query](std::size_t slot, std::size_t task) { query->aggregation->process(slot, task); };
    const std::size_t tasks = query->aggregation->tasks();
    co_await run_parallel(workers_, clock_, query->turn, tasks, query->width, std::move(count));
    auto finish = [query]() -> Result<void> {
        SKALD_CHECK(query->context.outcome());
        if (query->context.request.explain) query->plan.push_back(query->aggregation->explain());
        query->matrices.push_back(query->aggregation->finish());
        query->aggregation.reset();
        query->runs.reset();
        return query->context.outcome();
    };
    Result<void> finished = co_await run_on(workers_, query->turn, std::move(finish));
    co_return finished;
}

Task<Result<QueryResponse>> QuerierImpl::answer_metric(Running query) {
    for (std::size_t i = 0; i < query->metric.ranges().size(); ++i) {
        Result<void> done = co_await aggregate_range(query, i);
        if (!done) co_return std::move(done).error();
    }
    auto evaluate = [query]() -> Result<QueryResponse> {
        SKALD_TRY(MetricValue value,
                  query->metric.evaluate(query->steps, std::move(query->matrices),
                                         *query->context.memory));
        return metric_answer(query->context, *query->expr, query->steps, std::move(value));
    };
    Result<QueryResponse> response = co_await run_on(workers_, query->turn, std::move(evaluate));
    co_return response;
}

Task<Result<QuerierImpl::Names>> QuerierImpl::label_names(MetadataRequest request,
                                                          CancelToken cancel) {
    auto list = [this](const MetadataRequest& wanted, const Limits&,
                       const StopSign& stop) -> Result<Names> {
        Allowance allowance(memory_, stop);
        SKALD_TRY(const std::vector<StreamPtr> streams,
                  matching_streams(memtables_, store_, wanted, allowance));
        return names_of(streams, allowance);
    };
    return listings_.run<Names>({"labels"}, std::move(request), std::move(cancel), std::move(list));
}

Task<Result<QuerierImpl::Names>> QuerierImpl::label_values(MetadataRequest request,
                                                           std::string name, CancelToken cancel) {
    auto list = [this, name](const MetadataRequest& wanted, const Limits&,
                             const StopSign& stop) -> Result<Names> {
        Allowance allowance(memory_, stop);
        SKALD_TRY(const std::vector<StreamPtr> streams,
                  matching_streams(memtables_, store_, wanted, allowance));
        if (name == kTenantLabel && !wanted.more_tenants.empty()) return tenants_of(wanted);
        return values_of(streams, name, allowance);
    };
    return listings_.run<Names>({"labels", std::move(name)}, std::move(request), std::move(cancel),
                                std::move(list));
}

Task<Result<std::vector<StreamPtr>>> QuerierImpl::series(MetadataRequest request,
                                                         CancelToken cancel) {
    using Streams = std::vector<StreamPtr>;
    auto list = [this](const MetadataRequest& wanted, const Limits&,
                       const StopSign& stop) -> Result<Streams> {
        Allowance allowance(memory_, stop);
        SKALD_TRY(Streams streams, matching_streams(memtables_, store_, wanted, allowance));
        SKALD_CHECK(sort_unique(streams, allowance));
        return streams;
    };
    return listings_.run<Streams>({"series"}, std::move(request), std::move(cancel),
                                  std::move(list));
}

}  // namespace

// The parts of the process that a querier asks, each by name.
// NOLINTNEXTLINE(readability-function-size)
std::unique_ptr<Querier> Querier::create(const storage::MemtableSource& memtables,
                                         const storage::Store& store, const LimitsSource& limits,
                                         Clock& clock, WorkerPool& workers,
                                         MetricsRegistry& metrics, MemoryBudget* memory) {
    return std::make_unique<QuerierImpl>(memtables, store, limits, clock, workers, metrics, memory);
}

}  // namespace skald::read
