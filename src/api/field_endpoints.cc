// SPDX-License-Identifier: Apache-2.0
#include "field_endpoints.h"

#include "error_response.h"
#include "http_form.h"
#include "query_parameters.h"

#include <skald/foundation/model/json_string.h>
#include <skald/read/logql/parser.h>

#include <utility>
#include <variant>

namespace skald::api {

namespace {

void append_texts(std::string& out, const std::vector<std::string>& texts) {
    out.push_back('[');
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_json_string(out, texts[i]);
    }
    out.push_back(']');
}

void append_field(std::string& out, const read::DetectedField& field) {
    out += "{\"label\":";
    append_json_string(out, field.name);
    out += ",\"type\":\"";
    out += field.type;
    out += "\",\"cardinality\":" + std::to_string(field.cardinality) + ",\"parsers\":";
    if (field.has_parsers) {
        append_texts(out, field.parsers);
    } else {
        out += "null";
    }
    if (!field.json_path.empty()) {
        out += ",\"jsonPath\":";
        append_texts(out, field.json_path);
    }
    out.push_back('}');
}

}  // namespace

Result<FieldEndpoints::Prepared> FieldEndpoints::prepare(const HttpRequest& request) const {
    SKALD_TRY(const Form form, Form::of_request(request));
    SKALD_TRY(const FieldParameters fields, parse_fields(form, clock_.wall_now()));
    Prepared prepared{.query = {.tenant = *request.tenant,
                                .query = std::string(form.value("query")),
                                .start = fields.range.start,
                                .end = fields.range.end,
                                .limit = fields.lines,
                                .more_tenants = request.more_tenants,
                                .tags = request.headers.joined("X-Query-Tags"),
                                .asked_limits = request.asked_limits},
                      .limit = fields.limit};
    SKALD_TRY(const read::ExprPtr expr, read::parse_query(prepared.query.query));
    if (!expr->is_log()) {
        return Error{ErrorCode::kInvalidArgument, "only log selector is supported"};
    }
    return prepared;
}

Task<HttpResponse> FieldEndpoints::fields(HttpRequest request) {
    return answer(std::move(request), Kind::kFields);
}

Task<HttpResponse> FieldEndpoints::values(HttpRequest request) {
    return answer(std::move(request), Kind::kValues);
}

Task<HttpResponse> FieldEndpoints::answer(HttpRequest request, Kind kind) {
    const auto prepare_this = [this, &request] { return prepare(request); };
    auto prepared = co_await run_on(workers_, Lane::kQuery, prepare_this);
    if (!prepared) co_return query_error(prepared.error(), request);
    const std::uint32_t limit = prepared->limit;
    auto response = co_await querier_.query(std::move(prepared->query), request.cancel);
    if (!response) co_return query_error(response.error(), request);
    const auto detect = [&]() -> std::string {
        const auto* rows = std::get_if<read::StreamsResult>(&response->data);
        if (rows == nullptr) return "{}\n";
        if (kind == Kind::kFields)
            return detected_fields_json(read::detect_fields(*rows, limit), limit);
        const std::string& name = request.path_values.front();
        return detected_values_json(read::detected_values(*rows, name, limit), limit);
    };
    std::string body = co_await run_on(workers_, Lane::kQuery, detect);
    co_return json_answer(std::move(body));
}

std::string detected_fields_json(const std::vector<read::DetectedField>& fields,
                                 std::uint32_t limit) {
    if (fields.empty()) return "{}\n";
    std::string out = "{\"fields\":[";
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_field(out, fields[i]);
    }
    return out + "],\"limit\":" + std::to_string(limit) + "}\n";
}

std::string detected_values_json(const std::vector<std::string>& values, std::uint32_t limit) {
    if (values.empty()) return "{}\n";
    std::string out = "{\"values\":";
    append_texts(out, values);
    return out + ",\"limit\":" + std::to_string(limit) + "}\n";
}

}  // namespace skald::api
