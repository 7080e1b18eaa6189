// SPDX-License-Identifier: Apache-2.0
#include "admin_endpoints.h"
#include "asked_limits.h"
#include "delete_endpoints.h"
#include "field_endpoints.h"
#include "index_endpoints.h"
#include "otlp_endpoint.h"
#include "pattern_endpoint.h"
#include "push_endpoint.h"
#include "query_endpoints.h"
#include "router.h"
#include "rule_endpoints.h"
#include "slow_query_log.h"
#include "tail_endpoint.h"
#include "take_turns.h"

#include <skald/api/routes.h>
#include <skald/foundation/base/assert.h>

namespace skald::api {

namespace {

/// A member coroutine as a handler. The endpoints are shared: every handler keeps them alive.
template <class Endpoints>
Router::Handler handler(const std::shared_ptr<Endpoints>& endpoints,
                        Task<HttpResponse> (Endpoints::*member)(HttpRequest)) {
    return [endpoints, member](HttpRequest request) {
        return ((*endpoints).*member)(std::move(request));
    };
}

/// Counts bodies that are refused before an endpoint sees them.
auto count_refused(MetricsRegistry& metrics, write::PushFormat format) {
    return [refused = RefusedBodies(metrics, format)](const HttpRequest& head, std::uint64_t size) {
        if (head.tenant) refused.count(*head.tenant, size);
    };
}

void add_push(Router& router, const std::shared_ptr<PushEndpoint>& push,
              const RouteOptions& options, MetricsRegistry& metrics) {
    const auto add = [&](std::string pattern, Router::Handler run) {
        router.add({.pattern = std::move(pattern),
                    .methods = {Method::kPost},
                    .handler = std::move(run),
                    .tenancy = Tenancy::kRequired,
                    .right = Right::kWrite,
                    .body_bytes_max = options.push_bytes_max,
                    .body_refusal = refuse_push_body,
                    .body_refused = count_refused(metrics, write::PushFormat::kLoki),
                    .name = {},
                    .segments = {}});
    };
    add("/loki/api/v1/push", handler(push, &PushEndpoint::push));
    add("/api/prom/push", handler(push, &PushEndpoint::push_legacy));
}

void add_otlp(Router& router, const std::shared_ptr<OtlpEndpoint>& otlp,
              const RouteOptions& options, MetricsRegistry& metrics) {
    router.add({.pattern = "/otlp/v1/logs",
                .methods = {Method::kPost},
                .handler = handler(otlp, &OtlpEndpoint::logs),
                .tenancy = Tenancy::kRequired,
                .right = Right::kWrite,
                .body_bytes_max = options.push_bytes_max,
                .body_refusal = refuse_otlp_body,
                .body_refused = count_refused(metrics, write::PushFormat::kOtlp),
                .name = {},
                .segments = {}});
}

/// What the endpoints of the read path have in common.
struct ReadRoutes {
    const RouteOptions& options;
    Clock& clock;
    read::FairQueue* queue;
    const LimitsSource& limits;
};

/// The handler, held to the limits that requests name if they may.
Router::Handler held_to_header(Router::Handler run, const ReadRoutes& all) {
    return all.options.per_request_limits ? ask_limits(std::move(run)) : run;
}

/// An endpoint of the read path: GET, or POST with a form, on behalf of a tenant or several.
Router::Route read_route(std::string pattern, Router::Handler run, const ReadRoutes& all,
                         Tenancy tenancy = Tenancy::kSeveral) {
    return {.pattern = std::move(pattern),
            .methods = {Method::kGet, Method::kPost},
            .handler = log_slow_queries(held_to_header(std::move(run), all), all.options.slow_query,
                                        all.clock),
            .tenancy = tenancy,
            .right = Right::kRead,
            .body_bytes_max = all.options.form_bytes_max,
            .body_refusal = {},
            .name = {},
            .segments = {}};
}

/// The same for what no line is read for.
Router::Route listing_route(std::string pattern, Router::Handler run, const ReadRoutes& all) {
    return read_route(std::move(pattern), take_turns(std::move(run), all.queue, all.limits), all);
}

void add_index(Router& router, const std::shared_ptr<IndexEndpoints>& index,
               const ReadRoutes& all) {
    const auto add = [&](std::string pattern,
                         Task<HttpResponse> (IndexEndpoints::*member)(HttpRequest)) {
        router.add(listing_route(std::move(pattern), handler(index, member), all));
    };
    add("/loki/api/v1/index/stats", &IndexEndpoints::stats);
    add("/loki/api/v1/index/shards", &IndexEndpoints::shards);
    add("/loki/api/v1/index/volume", &IndexEndpoints::volume);
    add("/loki/api/v1/index/volume_range", &IndexEndpoints::volume_range);
    add("/loki/api/v1/detected_labels", &IndexEndpoints::detected_labels);
}

void add_queries(Router& router, const std::shared_ptr<QueryEndpoints>& queries,
                 const ReadRoutes& all) {
    const auto add = [&](std::string pattern,
                         Task<HttpResponse> (QueryEndpoints::*member)(HttpRequest)) {
        router.add(read_route(std::move(pattern), handler(queries, member), all));
    };
    const auto add_listing = [&](std::string pattern,
                                 Task<HttpResponse> (QueryEndpoints::*member)(HttpRequest)) {
        router.add(listing_route(std::move(pattern), handler(queries, member), all));
    };
    add("/loki/api/v1/query_range", &QueryEndpoints::query_range);
    add("/loki/api/v1/query", &QueryEndpoints::query_instant);
    add("/api/prom/query", &QueryEndpoints::query_legacy);
    for (const std::string base : {"/loki/api/v1/", "/api/prom/"}) {
        add_listing(base + "label", &QueryEndpoints::labels);
        add_listing(base + "label/{name}/values", &QueryEndpoints::label_values);
        add_listing(base + "series", &QueryEndpoints::series);
    }
    add_listing("/loki/api/v1/labels", &QueryEndpoints::labels);
}

void add_tails(Router& router, const std::shared_ptr<TailEndpoint>& tails, const ReadRoutes& all) {
    const auto add = [&](std::string pattern, Router::Handler run) {
        router.add({.pattern = std::move(pattern),
                    .methods = {Method::kGet, Method::kPost},
                    .handler = held_to_header(std::move(run), all),
                    .tenancy = Tenancy::kRequired,
                    .right = Right::kRead,
                    .body_bytes_max = all.options.form_bytes_max,
                    .body_refusal = {},
                    .name = {},
                    .segments = {}});
    };
    add("/loki/api/v1/tail", handler(tails, &TailEndpoint::tail));
    add("/api/prom/tail", handler(tails, &TailEndpoint::tail_legacy));
}

void add_fields(Router& router, const std::shared_ptr<FieldEndpoints>& fields,
                const ReadRoutes& all) {
    router.add(
        read_route("/loki/api/v1/detected_fields", handler(fields, &FieldEndpoints::fields), all));
    router.add(read_route("/loki/api/v1/detected_field/{name}/values",
                          handler(fields, &FieldEndpoints::values), all));
}

void add_deletes(Router& router, const std::shared_ptr<DeleteEndpoints>& deletes,
                 const RouteOptions& options) {
    const auto add = [&](std::string pattern, std::vector<Method> methods, Router::Handler run,
                         Right right) {
        router.add({.pattern = std::move(pattern),
                    .methods = std::move(methods),
                    .handler = std::move(run),
                    .tenancy = Tenancy::kRequired,
                    .right = right,
                    .body_bytes_max = options.form_bytes_max,
                    .body_refusal = {},
                    .name = {},
                    .segments = {}});
    };
    add("/loki/api/v1/delete", {Method::kGet, Method::kPost, Method::kPut, Method::kDelete},
        handler(deletes, &DeleteEndpoints::handle), Right::kAdmin);
    add("/loki/api/v1/cache/generation_numbers", {Method::kGet},
        handler(deletes, &DeleteEndpoints::generation_numbers), Right::kRead);
}

void add_rules(Router& router, const std::shared_ptr<RuleEndpoints>& rules,
               const Services& services, const RouteOptions& options) {
    const auto add = [&](std::string pattern, std::vector<Method> methods,
                         Task<HttpResponse> (RuleEndpoints::*member)(HttpRequest)) {
        router.add({.pattern = std::move(pattern),
                    .methods = std::move(methods),
                    .handler = handler(rules, member),
                    .tenancy = Tenancy::kRequired,
                    .right = Right::kRead,
                    .right_to_change = Right::kAdmin,
                    .body_bytes_max = options.form_bytes_max,
                    .body_refusal = {},
                    .name = {},
                    .segments = {}});
    };
    add("/prometheus/api/v1/rules", {Method::kGet}, &RuleEndpoints::status);
    add("/prometheus/api/v1/alerts", {Method::kGet}, &RuleEndpoints::alerts);
    // The same under the names of Prometheus' ruler API that elder clients know.
    add("/api/prom/api/v1/rules", {Method::kGet}, &RuleEndpoints::status);
    add("/api/prom/api/v1/alerts", {Method::kGet}, &RuleEndpoints::alerts);
    if (!services.ruler_api) return;
    for (const std::string path : {"/loki/api/v1/rules", "/api/prom/rules"}) {
        add(path, {Method::kGet}, &RuleEndpoints::list);
        add(path + "/{namespace}", {Method::kGet, Method::kPost, Method::kDelete},
            &RuleEndpoints::on_namespace);
        add(path + "/{namespace}/{groupName}", {Method::kGet, Method::kDelete},
            &RuleEndpoints::on_group);
    }
}

void add_admin(Router& router, const std::shared_ptr<AdminEndpoints>& admin,
               const Services& services, const RouteOptions& options) {
    const auto add = [&](std::string pattern, std::vector<Method> methods,
                         Task<HttpResponse> (AdminEndpoints::*member)(HttpRequest),
                         Right right = Right::kAdmin, Tenancy tenancy = Tenancy::kNone) {
        router.add({.pattern = std::move(pattern),
                    .methods = std::move(methods),
                    .handler = handler(admin, member),
                    .tenancy = tenancy,
                    .right = right,
                    .body_bytes_max = options.form_bytes_max,
                    .body_refusal = {},
                    .name = {},
                    .segments = {}});
    };
    add("/", {Method::kGet}, &AdminEndpoints::index, Right::kNone);
    add("/ready", {Method::kGet}, &AdminEndpoints::ready, Right::kNone);
    add("/services", {Method::kGet}, &AdminEndpoints::services);
    add("/metrics", {Method::kGet, Method::kPost}, &AdminEndpoints::metrics, Right::kMetrics);
    add("/log_level", {Method::kGet, Method::kPost}, &AdminEndpoints::log_level);
    add("/loki/api/v1/status/buildinfo", {Method::kGet}, &AdminEndpoints::build_info, Right::kRead);
    add("/loki/api/v1/format_query", {Method::kGet, Method::kPost}, &AdminEndpoints::format_query,
        Right::kRead);
    add("/loki/api/v1/drilldown-limits", {Method::kGet}, &AdminEndpoints::drilldown_limits,
        Right::kRead, Tenancy::kSeveral);
    add("/config/tenant/v1/limits", {Method::kGet}, &AdminEndpoints::tenant_limits, Right::kRead,
        Tenancy::kSeveral);
    if (services.config) add("/config", {Method::kGet}, &AdminEndpoints::config);
    if (services.runtime_config)
        add("/runtime_config", {Method::kGet}, &AdminEndpoints::runtime_config);
    if (services.prepare_shutdown)
        add("/ingester/prepare_shutdown", {Method::kGet, Method::kPost, Method::kDelete},
            &AdminEndpoints::prepare_shutdown);
    if (services.shut_down_ingester)
        add("/ingester/shutdown", {Method::kGet, Method::kPost},
            &AdminEndpoints::shut_down_ingester);
    if (services.flush) add("/flush", {Method::kGet, Method::kPost}, &AdminEndpoints::flush);
    if (services.ring != nullptr)
        add("/ring", {Method::kGet, Method::kPost}, &AdminEndpoints::ring);
    if (services.compactor_ring != nullptr)
        add("/compactor/ring", {Method::kGet, Method::kPost}, &AdminEndpoints::compactor_ring);
    if (services.compactor_status)
        add("/compactor/status", {Method::kGet}, &AdminEndpoints::compactor_status);
    if (services.distributor != nullptr) {
        add("/distributor/ring", {Method::kGet, Method::kPost}, &AdminEndpoints::distributor_ring);
    }
}

}  // namespace

std::shared_ptr<const Router> build_routes(Services services, RouteOptions options,
                                           const LimitsSource& limits, Clock& clock,
                                           WorkerPool& workers, MetricsRegistry& metrics) {
    auto router = std::make_shared<Router>(options.auth_enabled, options.path_prefix,
                                           options.multi_tenant_queries);
    if (services.access != nullptr) router->guard_with(*services.access);
    router->wait_for(std::move(options.waiting_for));
    const ReadRoutes read{options, clock, services.queue, limits};
    if (services.distributor != nullptr) {
        add_push(*router,
                 std::make_shared<PushEndpoint>(*services.distributor, limits, workers, metrics,
                                                options.push_decompressed_bytes_max),
                 options, metrics);
        add_otlp(*router,
                 std::make_shared<OtlpEndpoint>(*services.distributor, limits, clock, workers,
                                                metrics, options.push_decompressed_bytes_max),
                 options, metrics);
    }
    if (services.querier != nullptr) {
        add_queries(*router, std::make_shared<QueryEndpoints>(*services.querier, clock, workers),
                    read);
        add_fields(*router, std::make_shared<FieldEndpoints>(*services.querier, clock, workers),
                   read);
    }
    if (services.querier != nullptr && services.tails != nullptr) {
        add_tails(*router,
                  std::make_shared<TailEndpoint>(*services.tails, *services.querier, limits,
                                                 services.access, clock, workers),
                  read);
    }
    if (services.index != nullptr) {
        add_index(*router,
                  std::make_shared<IndexEndpoints>(*services.index, limits, clock, workers), read);
    }
    if (services.deletes != nullptr) {
        add_deletes(*router,
                    std::make_shared<DeleteEndpoints>(
                        *services.deletes, limits, clock, workers,
                        DeleteEndpoints::Options{.max_interval = options.delete_max_interval}),
                    options);
    }
    if (services.ruler != nullptr)
        add_rules(*router, std::make_shared<RuleEndpoints>(*services.ruler, workers), services,
                  options);
    const auto patterns = std::make_shared<PatternEndpoint>(services.patterns, clock, workers);
    router->add(listing_route("/loki/api/v1/patterns",
                              handler(patterns, &PatternEndpoint::patterns), read));
    add_admin(*router, std::make_shared<AdminEndpoints>(services, limits, clock, workers, metrics),
              services, options);
    return router;
}

}  // namespace skald::api
