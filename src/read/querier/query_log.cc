// SPDX-License-Identifier: Apache-2.0
#include "query_log.h"

#include "iec_bytes.h"
#include "query_context.h"
#include "query_metrics.h"

#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/telemetry/log_line.h>
#include <skald/read/querier/query_checks.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {
namespace {

/// Of the selectors and labels of a listing: their text is made for the log only.
constexpr std::size_t kQueryTextMax = kLogValueMax;
constexpr std::size_t kTagsMax = 16;

template <class Request>
std::string tenants_of(const Request& request) {
    std::string text = request.tenant.text();
    for (const TenantId& tenant : request.more_tenants) text += "|" + tenant.text();
    return text;
}

/// The selectors as they would be written.
std::string text_of(const std::vector<std::vector<Matcher>>& selectors) {
    std::string text;
    for (const std::vector<Matcher>& matchers : selectors) {
        if (text.size() > kQueryTextMax) break;
        text += text.empty() ? "{" : ",{";
        for (std::size_t i = 0; i < matchers.size(); ++i)
            text += (i > 0 ? ", " : "") + matchers[i].to_string();
        text += "}";
    }
    return text;
}

DurationNs nanoseconds(double seconds) {
    return static_cast<DurationNs>(seconds * kNanosPerSecond);
}

std::string bytes_text(double bytes) {
    return format_iec_bytes(static_cast<std::uint64_t>(bytes));
}

/// What the tags name, lower-cased, behind the line's own fields.
void add_tags(std::vector<LogField>& fields, const std::vector<QueryTag>& tags) {
    for (const QueryTag& tag : tags) {
        const bool is_taken = std::any_of(fields.begin(), fields.end(), [&](const LogField& field) {
            return field.key == tag.name;
        });
        if (!is_taken && fields.size() < kTagsMax + 40) fields.emplace_back(tag.name, tag.value);
    }
}

void add_asked(std::vector<LogField>& fields, std::string tenants, std::string_view query,
               double seconds) {
    fields.emplace_back("component", "querier");
    fields.emplace_back("org_id", std::move(tenants));
    fields.emplace_back("latency", seconds > 10 ? "slow" : "fast");
    fields.emplace_back("query", query);
    fields.emplace_back("query_hash", query_hash(query));
}

void add_times(std::vector<LogField>& fields, TimeNs start, TimeNs end, TimeNs now) {
    const auto delta = [&](TimeNs time) {
        return format_go_duration(subtract_times(now, time) / kNanosPerMilli * kNanosPerMilli);
    };
    fields.emplace_back("length", format_go_duration(subtract_times(end, start)));
    fields.emplace_back("start_delta", delta(start));
    fields.emplace_back("end_delta", delta(end));
}

void add_cost(std::vector<LogField>& fields, const QueryStats& stats, double seconds) {
    const auto a_second = [&](std::uint64_t count) {
        return seconds > 0 ? static_cast<double>(count) / seconds : 0;
    };
    fields.emplace_back("throughput", bytes_text(a_second(stats.bytes_processed)));
    fields.emplace_back("total_bytes", bytes_text(static_cast<double>(stats.bytes_processed)));
    fields.emplace_back("total_bytes_structured_metadata",
                        bytes_text(static_cast<double>(stats.metadata_bytes_processed)));
    fields.emplace_back("lines_per_second",
                        static_cast<std::uint64_t>(a_second(stats.lines_processed)));
    fields.emplace_back("total_lines", stats.lines_processed);
    fields.emplace_back("post_filter_lines", stats.post_filter_lines);
    fields.emplace_back("total_entries", stats.entries_returned);
    fields.emplace_back("streams", stats.streams_matched);
    fields.emplace_back("blocks_read", stats.blocks_read);
    fields.emplace_back("stored_bytes_read",
                        bytes_text(static_cast<double>(stats.stored_bytes_read)));
    fields.emplace_back("memory_lines", stats.memory_lines);
    fields.emplace_back("parts", stats.parts);
    fields.emplace_back("cache_result_req", stats.cache_requests);
    fields.emplace_back("cache_result_hit", stats.cache_hits);
    fields.emplace_back("queue_time", format_go_duration(nanoseconds(stats.queue_seconds)));
}

}  // namespace

void log_query(const QueryRequest& request, const Expr* expr, const Result<QueryResponse>& response,
               TimeNs now, double seconds) {
    if (!log_enabled(LogLevel::kInfo)) return;
    std::vector<LogField> fields;
    add_asked(fields, tenants_of(request), request.query, seconds);
    fields.emplace_back("query_type", expr == nullptr ? "invalid" : query_type(*expr));
    fields.emplace_back("range_type", request.instant ? "instant" : "range");
    add_times(fields, request.start, request.end, now);
    fields.emplace_back("step", format_go_duration(request.step));
    fields.emplace_back("duration", format_go_duration(nanoseconds(seconds)));
    fields.emplace_back("status", status_code(response ? nullptr : &response.error()));
    fields.emplace_back("limit", request.limit);
    if (response) {
        add_cost(fields, response->stats, seconds);
    } else {
        fields.emplace_back("err", response.error().message);
    }
    const std::vector<QueryTag> tags = split_tags(request.tags, kTagsMax);
    add_tags(fields, tags);
    log_line(LogLevel::kInfo, "query", fields);
}

void log_listing(const ListingKind& kind, const Querier::MetadataRequest& request,
                 const Error* error, std::size_t entries, TimeNs now, double seconds) {
    if (!log_enabled(LogLevel::kInfo)) return;
    std::vector<LogField> fields;
    add_asked(fields, tenants_of(request), text_of(request.selectors), seconds);
    fields.emplace_back("query_type", kind.type);
    if (!kind.label.empty())
        fields.emplace_back("label", std::string_view(kind.label).substr(0, kQueryTextMax));
    add_times(fields, request.start, request.end, now);
    fields.emplace_back("duration", format_go_duration(nanoseconds(seconds)));
    fields.emplace_back("status", status_code(error));
    if (error == nullptr) {
        fields.emplace_back("total_entries", entries);
    } else {
        fields.emplace_back("err", error->message);
    }
    log_line(LogLevel::kInfo, "query", fields);
}

}  // namespace skald::read
