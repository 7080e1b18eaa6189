// SPDX-License-Identifier: Apache-2.0
#include "tail_json.h"

#include <skald/foundation/model/json_string.h>

#include <utility>

namespace skald::api {

namespace {

using Row = read::LiveQuery::Row;

Labels merged(const Row& row) {
    std::vector<LabelView> views;
    for (const Labels* labels : {&row.stream, &row.row.metadata, &row.row.parsed})
        for (std::size_t i = 0; i < labels->size(); ++i) views.push_back((*labels)[i]);
    return Labels::from_views(std::move(views));
}

void append_labels(std::string& out, const Labels& labels) {
    out += '{';
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, labels[i].name);
        out += ':';
        append_json_string(out, labels[i].value);
    }
    out += '}';
}

void append_categories(std::string& out, const read::LogRow& row) {
    out += ",{";
    if (!row.metadata.empty()) {
        out += "\"structuredMetadata\":";
        append_labels(out, row.metadata);
    }
    if (!row.parsed.empty()) {
        out += row.metadata.empty() ? "\"parsed\":" : ",\"parsed\":";
        append_labels(out, row.parsed);
    }
    out += '}';
}

void append_row(std::string& out, const Row& row, TailShape shape) {
    out += "{\"stream\":";
    append_labels(out, shape == TailShape::kCategorized ? row.stream : merged(row));
    out += ",\"values\":[[\"" + std::to_string(row.row.time) + "\",";
    append_json_string(out, row.row.line);
    if (shape == TailShape::kCategorized) append_categories(out, row.row);
    out += "]]}";
}

void append_legacy_row(std::string& out, const Row& row) {
    out += "{\"labels\":";
    append_json_string(out, merged(row).to_string());
    out += ",\"entries\":[{\"ts\":\"" + format_rfc3339_nano(row.row.time) + "\",\"line\":";
    append_json_string(out, row.row.line);
    out += "}]}";
}

}  // namespace

std::string tail_json(std::span<const Row> rows, TailShape shape) {
    std::string out = "{\"streams\":[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) out += ',';
        if (shape == TailShape::kLegacy)
            append_legacy_row(out, rows[i]);
        else
            append_row(out, rows[i], shape);
    }
    out += ']';
    if (shape == TailShape::kCategorized) out += ",\"encodingFlags\":[\"categorize-labels\"]";
    if (shape == TailShape::kLegacy) out += ",\"dropped_entries\":null";
    return out + "}";
}

std::string tail_dropped_json(const std::vector<read::LiveQuery::Dropped>& dropped,
                              TailShape shape) {
    const bool legacy = shape == TailShape::kLegacy;
    std::string out = "{\"streams\":[],\"dropped_entries\":[";
    for (std::size_t i = 0; i < dropped.size(); ++i) {
        if (i > 0) out += ',';
        out += legacy
                   ? "{\"Timestamp\":\"" + format_rfc3339_nano(dropped[i].time) + "\",\"Labels\":"
                   : "{\"timestamp\":\"" + std::to_string(dropped[i].time) + "\",\"labels\":";
        if (legacy)
            append_json_string(out, dropped[i].labels.to_string());
        else
            append_labels(out, dropped[i].labels);
        out += '}';
    }
    out += ']';
    if (shape == TailShape::kCategorized) out += ",\"encodingFlags\":[\"categorize-labels\"]";
    return out + "}";
}

}  // namespace skald::api
