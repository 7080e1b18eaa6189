// SPDX-License-Identifier: Apache-2.0
#include "delete_endpoints.h"

#include "delete_parameters.h"
#include "error_response.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

/// The parameters of the URL; a body is not looked at.
Result<Form> url_form(const HttpRequest& request) {
    Form form;
    SKALD_CHECK(form.add(request.query));
    return form;
}

std::optional<HttpResponse> refuse_tenant(const HttpRequest& request, const LimitsSource& limits) {
    if (limits.of(*request.tenant)->deletion_mode != kDeletionDisabled) return std::nullopt;
    return plain_text(403,
                      "deletion is not available for this tenant (limits_config.deletion_mode)\n");
}

/// Seconds as a JSON number, to the millisecond.
void append_seconds(std::string& out, TimeNs time) {
    const double milliseconds = std::floor(static_cast<double>(time) / 1e6);
    out += format_float(milliseconds / 1e3);
}

std::string status_of_request(const storage::DeleteStatus& status) {
    if (status.request.state == storage::DeleteRequest::State::kProcessed) return "processed";
    if (status.segments == 0 || status.segments_done == 0) return "received";
    return std::to_string(status.segments_done * 100 / status.segments) + "% Complete";
}

void append_request(std::string& out, const storage::DeleteStatus& status) {
    const storage::DeleteRequest& request = status.request;
    out += "{\"request_id\":";
    append_json_string(out, request.id);
    out += ",\"start_time\":";
    append_seconds(out, request.start);
    out += ",\"end_time\":";
    append_seconds(out, request.end);
    out += ",\"query\":";
    append_json_string(out, request.query);
    out += ",\"status\":";
    append_json_string(out, status_of_request(status));
    out += ",\"created_at\":";
    append_seconds(out, request.created);
    out += ",\"user_id\":\"\"";
    if (!status.waits_for.empty()) {
        out += ",\"waits_for\":";
        append_json_string(out, status.waits_for);
    }
    out += '}';
}

/// What lies in the time that is asked about, if one is.
Result<void> keep_overlapping(const Form& form, std::vector<storage::DeleteStatus>& all) {
    if (form.value("start").empty() || form.value("end").empty()) return {};
    SKALD_TRY(const TimeNs start, parse_delete_time(form.value("start")));
    SKALD_TRY(const TimeNs end, parse_delete_time(form.value("end")));
    std::erase_if(all, [&](const storage::DeleteStatus& status) {
        return status.request.start > end || status.request.end < start;
    });
    return {};
}

bool is_true(std::string_view text) {
    return text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" ||
           text == "True";
}

HttpResponse no_content() {
    return {.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

}  // namespace

Task<HttpResponse> DeleteEndpoints::handle(HttpRequest request) {
    if (std::optional<HttpResponse> refusal = refuse_tenant(request, limits_))
        co_return *std::move(refusal);
    if (request.method == Method::kGet || request.method == Method::kHead) co_return list(request);
    const bool is_cancel = request.method == Method::kDelete;
    HttpResponse answer =
        co_await (is_cancel ? cancel(std::move(request)) : add(std::move(request)));
    co_return answer;
}

Task<HttpResponse> DeleteEndpoints::add(HttpRequest request) {
    const auto form = url_form(request);
    if (!form) co_return push_error(form.error());
    const auto work = [&]() -> Result<std::string> {
        SKALD_TRY(DeleteParameters asked,
                  parse_delete(*form, clock_.wall_now(), options_.max_interval));
        return log_.add(*request.tenant, std::move(asked.query), asked.start, asked.end);
    };
    const Result<std::string> id = co_await run_on(workers_, Lane::kBackground, work);
    if (!id) co_return push_error(id.error());
    HttpResponse answer = no_content();
    answer.headers.emplace_back("X-Delete-Request-ID", *id);
    co_return answer;
}

Task<HttpResponse> DeleteEndpoints::cancel(HttpRequest request) {
    const auto form = url_form(request);
    if (!form) co_return push_error(form.error());
    const std::string id(form->value("request_id"));
    const bool force = is_true(form->value("force"));
    const auto work = [&] { return log_.cancel(*request.tenant, id, force); };
    const Result<void> done = co_await run_on(workers_, Lane::kBackground, work);
    if (!done) co_return push_error(done.error());
    co_return no_content();
}

HttpResponse DeleteEndpoints::list(const HttpRequest& request) const {
    const auto form = url_form(request);
    if (!form) return push_error(form.error());
    std::vector<storage::DeleteStatus> all = log_.list(*request.tenant);
    if (const Result<void> kept = keep_overlapping(*form, all); !kept)
        return push_error(kept.error());
    if (is_true(form->value("for_querytime_filtering"))) {
        std::erase_if(all, [](const storage::DeleteStatus& status) {
            return status.request.state == storage::DeleteRequest::State::kProcessed;
        });
    }
    std::string body = "[";
    for (const storage::DeleteStatus& status : all) {
        if (body.size() > 1) body += ',';
        append_request(body, status);
    }
    body += "]\n";
    return {
        .status = 200, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

Task<HttpResponse> DeleteEndpoints::generation_numbers(HttpRequest request) {
    const std::uint64_t generation = log_.generation(*request.tenant);
    std::string body = "\"";
    if (generation > 0) body += std::to_string(generation);
    body += "\"\n";
    co_return HttpResponse{
        .status = 200, .content_type = "application/json", .body = std::move(body), .headers = {}};
}

}  // namespace skald::api
