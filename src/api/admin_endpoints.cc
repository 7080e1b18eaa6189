// SPDX-License-Identifier: Apache-2.0
#include "admin_endpoints.h"

#include "drilldown_limits.h"
#include "error_response.h"
#include "http_form.h"
#include "index_page.h"
#include "ring_page.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/read/logql/parser.h>
#include <skald/read/querier/query_checks.h>

#include <optional>

namespace skald::api {

namespace {

HttpResponse json_text(int status, std::string_view content_type, std::string body) {
    return HttpResponse{.status = status,
                        .content_type = std::string(content_type),
                        .body = std::move(body),
                        .headers = {}};
}

HttpResponse html_page(std::string body) {
    return json_text(200, "text/html; charset=utf-8", std::move(body));
}

/// `{"a":"b",…}` of a few members.
std::string json_members(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    std::string out = "{";
    for (const auto& [name, value] : members) {
        if (out.size() > 1) out.push_back(',');
        append_json_string(out, name);
        out.push_back(':');
        append_json_string(out, value);
    }
    out.push_back('}');
    return out;
}

}  // namespace

AdminEndpoints::AdminEndpoints(Services services, const LimitsSource& limits, Clock& clock,
                               WorkerPool& workers, MetricsRegistry& metrics)
    : services_(std::move(services)),
      limits_(limits),
      clock_(clock),
      workers_(workers),
      metrics_(metrics),
      flush_thread_(WorkerPool::Options{.threads = 1, .weights = {1, 1, 1}, .name = "flush"}) {}

Task<HttpResponse> AdminEndpoints::ready(HttpRequest) {
    const std::optional<std::string> reason =
        services_.not_ready ? services_.not_ready() : std::nullopt;
    co_return reason ? plain_text(503, *reason + "\n") : plain_text(200, "ready\n");
}

Task<HttpResponse> AdminEndpoints::services(HttpRequest) {
    std::string body;
    if (services_.module_states) {
        for (const auto& [name, state] : services_.module_states())
            body.append(name).append(" => ").append(state).append("\n");
    }
    co_return plain_text(200, std::move(body));
}

Task<HttpResponse> AdminEndpoints::metrics(HttpRequest) {
    const auto expose = [this] { return metrics_.exposition(); };
    std::string text = co_await run_on(workers_, Lane::kBackground, expose);
    co_return json_text(200, "text/plain; version=0.0.4; charset=utf-8", std::move(text));
}

Task<HttpResponse> AdminEndpoints::config(HttpRequest request) {
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    const std::string mode(form->value("mode"));
    const auto write = [this, &mode] { return services_.config(mode); };
    std::string text = co_await run_on(workers_, Lane::kBackground, write);
    co_return plain_text(200, std::move(text));
}

Task<HttpResponse> AdminEndpoints::log_level(HttpRequest request) {
    constexpr std::string_view kJson = "application/json";
    if (request.method != Method::kPost) {
        const std::string message =
            "Current log level is " + std::string(to_string(skald::log_level()));
        co_return json_text(200, kJson, json_members({{"message", message}}));
    }
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    const std::string_view wanted = form->value("log_level");
    const std::optional<LogLevel> level = parse_log_level(wanted);
    if (!level) {
        const std::string message = "unrecognized log level " + go_quote(wanted);
        co_return json_text(400, kJson, json_members({{"status", "failed"}, {"message", message}}));
    }
    set_log_level(*level);
    const std::string message = "Log level set to " + std::string(wanted);
    co_return json_text(200, kJson, json_members({{"status", "success"}, {"message", message}}));
}

Task<HttpResponse> AdminEndpoints::build_info(HttpRequest) {
    const BuildInfo& build = services_.build;
    co_return json_text(200, "application/json",
                        json_members({{"version", build.version},
                                      {"revision", build.revision},
                                      {"branch", build.branch},
                                      {"buildUser", build.build_user},
                                      {"buildDate", build.build_date},
                                      {"goVersion", build.runtime_version}}));
}

Task<HttpResponse> AdminEndpoints::drilldown_limits(HttpRequest request) {
    const auto limits = read::strictest_limits(limits_, *request.tenant, request.more_tenants);
    co_return json_text(200, "application/json",
                        drilldown_limits_json(*limits, {.patterns = services_.patterns != nullptr,
                                                        .version = services_.build.version}));
}

Task<HttpResponse> AdminEndpoints::tenant_limits(HttpRequest request) {
    const auto limits = read::strictest_limits(limits_, *request.tenant, request.more_tenants);
    co_return json_text(200, "application/yaml", tenant_limits_yaml(*limits));
}

Task<HttpResponse> AdminEndpoints::format_query(HttpRequest request) {
    constexpr std::string_view kJson = "application/json; charset=utf-8";
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    const std::string query(form->value("query"));
    const auto parse = [&query] { return read::parse_query(query); };
    const auto expr = co_await run_on(workers_, Lane::kQuery, parse);
    if (!expr) {
        const std::string_view text = read::without_hint(expr.error().message);
        co_return json_text(400, kJson,
                            json_members({{"status", "invalid-query"}, {"error", text}}) + "\n");
    }
    const std::string pretty = read::format_query(**expr);
    co_return json_text(200, kJson, json_members({{"status", "success"}, {"data", pretty}}) + "\n");
}

Task<HttpResponse> AdminEndpoints::flush(HttpRequest) {
    const auto run = [this] { return services_.flush(); };
    const Result<void> flushed = co_await run_on(flush_thread_, Lane::kBackground, run);
    if (!flushed) co_return push_error(flushed.error());
    co_return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

Task<HttpResponse> AdminEndpoints::runtime_config(HttpRequest) {
    std::string text = co_await run_on(workers_, Lane::kBackground, services_.runtime_config);
    co_return plain_text(200, std::move(text));
}

Task<HttpResponse> AdminEndpoints::prepare_shutdown(HttpRequest request) {
    if (request.method == Method::kGet) {
        const Result<bool> prepared =
            co_await run_on(flush_thread_, Lane::kBackground, services_.shutdown_prepared);
        if (!prepared) co_return push_error(prepared.error());
        co_return plain_text(200, *prepared ? "set\n" : "unset\n");
    }
    const auto change = [this, wanted = request.method == Method::kPost] {
        return services_.prepare_shutdown(wanted);
    };
    const Result<void> done = co_await run_on(flush_thread_, Lane::kBackground, change);
    if (!done) co_return push_error(done.error());
    co_return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

Task<HttpResponse> AdminEndpoints::shut_down_ingester(HttpRequest request) {
    const auto form = Form::of_request(request);
    if (!form) co_return push_error(form.error());
    const bool flush = form->value("flush") != "false";
    const bool terminate = form->value("terminate") != "false";
    const auto stop = [this, flush, terminate] {
        return services_.shut_down_ingester(flush, terminate);
    };
    const Result<bool> stopped = co_await run_on(flush_thread_, Lane::kBackground, stop);
    if (!stopped) co_return push_error(stopped.error());
    if (!*stopped) co_return plain_text(503, "Ingester is stopping or already stopped.\n");
    co_return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

std::vector<std::pair<std::string, std::string>> AdminEndpoints::links() const {
    std::vector<std::pair<std::string, std::string>> links = {
        {"/ready", "Whether requests are taken, or why not."},
        {"/services", "The modules and their states."},
        {"/metrics", "Figures for Prometheus."},
        {"/log_level", "The least important lines that are logged."},
        {"/loki/api/v1/status/buildinfo", "The version, as Grafana reads it."}};
    if (services_.config) {
        links.emplace_back("/config", "Every key with its value.");
        links.emplace_back("/config?mode=diff", "Only keys that differ from the defaults.");
    }
    if (services_.runtime_config)
        links.emplace_back("/runtime_config", "Limits of single tenants.");
    if (services_.ring != nullptr)
        links.emplace_back("/ring", "The ingesters and their parts of the ring.");
    if (services_.compactor_status)
        links.emplace_back("/compactor/status",
                           "What was merged and removed, and what comes next.");
    if (services_.querier != nullptr) {
        links.emplace_back("/loki/api/v1/labels", "Names of labels in the last six hours.");
        links.emplace_back("/loki/api/v1/drilldown-limits", "What Grafana may ask for.");
    }
    return links;
}

Task<HttpResponse> AdminEndpoints::index(HttpRequest request) {
    // For people with a browser; to programs the path is not there, as in Loki.
    if (request.headers.joined("Accept").find("text/html") == std::string::npos)
        co_return path_not_found();
    IndexPage page;
    page.program = services_.build.runtime_version;
    page.version = services_.build.version;
    page.revision = services_.build.revision;
    if (services_.not_ready) page.not_ready = services_.not_ready();
    if (services_.module_states) page.modules = services_.module_states();
    page.links = links();
    co_return html_page(index_html(page));
}

HttpResponse AdminEndpoints::show_ring(cluster::Ring& ring, const HttpRequest& request) const {
    const auto form = Form::of_request(request);
    if (!form) return push_error(form.error());
    if (request.method == Method::kPost) {
        ring.forget(form->value("forget"));
        return HttpResponse{
            .status = 302, .content_type = {}, .body = {}, .headers = {{"Location", request.path}}};
    }
    const auto instances = ring.instances();
    const bool as_json =
        request.headers.joined("Accept").find("application/json") != std::string::npos;
    if (as_json) return json_text(200, "application/json", ring_json(instances, clock_.wall_now()));
    return html_page(ring_html(instances, clock_.wall_now(), form->value("tokens") == "true"));
}

Task<HttpResponse> AdminEndpoints::ring(HttpRequest request) {
    co_return show_ring(*services_.ring, request);
}

Task<HttpResponse> AdminEndpoints::compactor_ring(HttpRequest request) {
    // This process is the only member, and it answers.
    for (const cluster::RingInstance& instance : services_.compactor_ring->instances())
        services_.compactor_ring->heartbeat(instance.id, clock_.wall_now());
    co_return show_ring(*services_.compactor_ring, request);
}

Task<HttpResponse> AdminEndpoints::compactor_status(HttpRequest) {
    co_return json_text(200, "application/json", services_.compactor_status());
}

Task<HttpResponse> AdminEndpoints::distributor_ring(HttpRequest) {
    co_return html_page(
        "<!DOCTYPE html>\n<html><head><meta charset=\"UTF-8\"><title>Distributor "
        "Status</title></head><body>\n"
        "<h1>Distributor Status</h1>\n<p>The ring is not in use: each distributor counts "
        "ingestion limits for itself.</p>\n"
        "</body></html>\n");
}

}  // namespace skald::api
