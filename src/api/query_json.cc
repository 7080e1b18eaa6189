// SPDX-License-Identifier: Apache-2.0
#include "query_json.h"

#include "entry_groups.h"
#include "stats_json.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <algorithm>
#include <variant>

namespace skald::api {

namespace {

constexpr std::size_t kStatsBytes = 4096;
constexpr std::size_t kRowBytes = 64;  // Time, quotes, brackets and a few escapes.
constexpr std::size_t kSampleBytes = 32;
constexpr std::size_t kSeriesBytes = 128;

enum class EmptyValues { kKeep, kDrop };

void append_labels(std::string& out, const Labels& labels, EmptyValues empty) {
    out.push_back('{');
    bool first = true;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        if (label.value.empty() && empty == EmptyValues::kDrop) continue;
        if (!first) out.push_back(',');
        first = false;
        append_json_string(out, label.name);
        out.push_back(':');
        append_json_string(out, label.value);
    }
    out.push_back('}');
}

/// Seconds with up to three decimals: 1700000000, 1700000000.5.
void append_seconds(std::string& out, std::int64_t millis) {
    const bool negative = millis < 0;
    const std::uint64_t size =
        negative ? 0 - static_cast<std::uint64_t>(millis) : static_cast<std::uint64_t>(millis);
    if (negative) out.push_back('-');
    out += std::to_string(size / 1000);
    std::string decimals = std::to_string(1000 + size % 1000).substr(1);
    while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
    if (!decimals.empty()) {
        out.push_back('.');
        out += decimals;
    }
}

void append_sample(std::string& out, const read::Sample& sample) {
    out.push_back('[');
    append_seconds(out, sample.time_ms);
    out += ",\"";
    out += format_float(sample.value);
    out += "\"]";
}

void append_categories(std::string& out, const read::LogRow& row) {
    out += ",{";
    if (!row.metadata.empty()) {
        out += "\"structuredMetadata\":";
        append_labels(out, row.metadata, EmptyValues::kKeep);
    }
    if (!row.parsed.empty()) {
        out += row.metadata.empty() ? "\"parsed\":" : ",\"parsed\":";
        append_labels(out, row.parsed, EmptyValues::kKeep);
    }
    out.push_back('}');
}

void append_streams(std::string& out, const read::StreamsResult& result,
                    const QueryAnswer& answer) {
    const bool categorize = answer.categorize();
    out.push_back('[');
    bool first_group = true;
    for (const EntryGroup& group : group_entries(result, answer.direction, categorize)) {
        out += first_group ? "{\"stream\":" : ",{\"stream\":";
        first_group = false;
        append_labels(out, group.labels, EmptyValues::kKeep);
        out += ",\"values\":[";
        bool first_row = true;
        for (const read::LogRow* row : group.rows) {
            out += first_row ? "[\"" : ",[\"";
            first_row = false;
            out += std::to_string(row->time);
            out += "\",";
            append_json_string(out, row->line);
            if (categorize) append_categories(out, *row);
            out.push_back(']');
        }
        out += "]}";
    }
    out.push_back(']');
}

void append_series(std::string& out, const std::vector<read::Series>& series, bool many_samples,
                   EmptyValues empty) {
    out.push_back('[');
    bool first_series = true;
    for (const read::Series& one : series) {
        if (!many_samples && one.samples.empty()) continue;
        out += first_series ? "{\"metric\":" : ",{\"metric\":";
        first_series = false;
        // Grafana takes the first of several level labels that is there, were it empty.
        append_labels(out, one.labels, empty);
        if (!many_samples) {
            out += ",\"value\":";
            append_sample(out, one.samples.front());
        } else {
            out += ",\"values\":[";
            bool first_sample = true;
            for (const read::Sample& sample : one.samples) {
                if (!first_sample) out.push_back(',');
                first_sample = false;
                append_sample(out, sample);
            }
            out.push_back(']');
        }
        out.push_back('}');
    }
    out.push_back(']');
}

void append_text_list(std::string& out, const std::vector<std::string>& texts) {
    out.push_back('[');
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_json_string(out, texts[i]);
    }
    out.push_back(']');
}

/// `"resultType":…,"result":…` of each kind.
struct DataWriter {
    std::string& out;
    const QueryAnswer& answer;

    EmptyValues empty_values() const {
        return answer.keeps_empty_labels ? EmptyValues::kKeep : EmptyValues::kDrop;
    }

    void operator()(const read::StreamsResult& streams) const {
        out += "\"resultType\":\"streams\",";
        if (!answer.encoding_flags.empty()) {
            out += "\"encodingFlags\":";
            append_text_list(out, answer.encoding_flags);
            out.push_back(',');
        }
        out += "\"result\":";
        append_streams(out, streams, answer);
    }
    void operator()(const read::MatrixResult& matrix) const {
        out += "\"resultType\":\"matrix\",\"result\":";
        append_series(out, matrix.series, true, empty_values());
    }
    void operator()(const read::VectorResult& vector) const {
        out += "\"resultType\":\"vector\",\"result\":";
        append_series(out, vector.series, false, empty_values());
    }
    void operator()(const read::ScalarResult& scalar) const {
        out += "\"resultType\":\"scalar\",\"result\":";
        append_sample(out, scalar.sample);
    }
};

}  // namespace

bool QueryAnswer::categorize() const {
    return std::find(encoding_flags.begin(), encoding_flags.end(), "categorize-labels") !=
           encoding_flags.end();
}

std::size_t estimated_bytes(const read::QueryResponse& response) noexcept {
    std::size_t bytes = kStatsBytes;
    if (const auto* streams = std::get_if<read::StreamsResult>(&response.data)) {
        for (const read::LogStream& stream : streams->streams) {
            bytes += kSeriesBytes;
            for (const read::LogRow& row : stream.rows) {
                bytes += row.line.size() + row.metadata.heap_bytes() + row.parsed.heap_bytes() +
                         kRowBytes;
            }
        }
    } else if (const auto* matrix = std::get_if<read::MatrixResult>(&response.data)) {
        for (const read::Series& series : matrix->series)
            bytes += kSeriesBytes + series.samples.size() * kSampleBytes;
    } else if (const auto* vector = std::get_if<read::VectorResult>(&response.data)) {
        bytes += vector->series.size() * (kSeriesBytes + kSampleBytes);
    }
    return bytes;
}

std::string query_json(const QueryAnswer& answer) {
    const read::QueryResponse& response = answer.response;
    const bool is_streams = std::holds_alternative<read::StreamsResult>(response.data);
    std::string out;
    out.reserve(estimated_bytes(response));
    out += "{\"status\":\"success\",";
    if (is_streams && !response.warnings.empty()) {
        out += "\"warnings\":";
        append_text_list(out, response.warnings);
        out.push_back(',');
    }
    out += "\"data\":{";
    std::visit(DataWriter{out, answer}, response.data);
    out += ",\"stats\":";
    append_stats(out, response.stats, response.plan);
    out.push_back('}');
    if (!is_streams && !response.warnings.empty()) {
        out += ",\"warnings\":";
        append_text_list(out, response.warnings);
    }
    out += is_streams ? "}\n" : "}";
    return out;
}

std::string legacy_query_json(const QueryAnswer& answer) {
    const auto* streams = std::get_if<read::StreamsResult>(&answer.response.data);
    SKALD_ASSERT(streams != nullptr);
    std::string out;
    out.reserve(estimated_bytes(answer.response));
    out += "{\"streams\":[";
    bool first_group = true;
    for (const EntryGroup& group : group_entries(*streams, answer.direction, false)) {
        out += first_group ? "{\"labels\":" : ",{\"labels\":";
        first_group = false;
        append_json_string(out, group.label_text);
        out += ",\"entries\":[";
        bool first_row = true;
        for (const read::LogRow* row : group.rows) {
            out += first_row ? "{\"ts\":\"" : ",{\"ts\":\"";
            first_row = false;
            out += format_rfc3339_nano(row->time);
            out += "\",\"line\":";
            append_json_string(out, row->line);
            out.push_back('}');
        }
        out += "]}";
    }
    out += "],\"stats\":";
    append_stats(out, answer.response.stats, answer.response.plan);
    out += "}\n";
    return out;
}

void append_json_labels(std::string& out, const Labels& labels) {
    append_labels(out, labels, EmptyValues::kKeep);
}

}  // namespace skald::api
