// SPDX-License-Identifier: Apache-2.0
#include "line_json.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace skald::tools {

namespace {

namespace dom = simdjson::dom;

Error not_understood(std::string_view what) {
    return {ErrorCode::kInvalidArgument, std::string(what)};
}

void append_pairs(std::string& out, const TransferLine::Pairs& pairs) {
    out += '{';
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, pairs[i].first);
        out += ':';
        append_json_string(out, pairs[i].second);
    }
    out += '}';
}

Result<TransferLine::Pairs> pairs_of(const dom::element& element) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return not_understood("labels are no object");
    TransferLine::Pairs pairs;
    for (const auto& [name, value] : object) {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) return not_understood("a label is no text");
        pairs.emplace_back(name, text);
    }
    return pairs;
}

Result<TimeNs> time_of(const dom::element& element) {
    std::string_view text;
    TimeNs time = 0;
    if (element.get(text) != simdjson::SUCCESS) return not_understood("a time is no text");
    const auto read = std::from_chars(text.data(), text.data() + text.size(), time);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return not_understood("a time is no number of nanoseconds");
    return time;
}

/// `[time, line, {"structuredMetadata":{…}}]`
Result<TransferLine> line_of_value(const dom::element& value, const TransferLine::Pairs& stream) {
    TransferLine line;
    line.stream = stream;
    SKALD_TRY(line.time, time_of(value.at(0).value_unsafe()));
    std::string_view text;
    if (value.at(1).get(text) != simdjson::SUCCESS) return not_understood("a line is no text");
    line.line = text;
    dom::element metadata;
    if (value.at(2)["structuredMetadata"].get(metadata) == simdjson::SUCCESS) {
        SKALD_TRY(line.metadata, pairs_of(metadata));
    }
    return line;
}

}  // namespace

std::string to_json(const TransferLine& line) {
    std::string out = "{\"time\":\"" + std::to_string(line.time) + "\",\"stream\":";
    append_pairs(out, line.stream);
    out += ",\"line\":";
    append_json_string(out, line.line);
    out += ",\"metadata\":";
    append_pairs(out, line.metadata);
    return out + "}";
}

Result<TransferLine> parse_line(std::string_view json) {
    dom::parser parser;
    dom::element root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
        return not_understood("not JSON");
    TransferLine line;
    dom::element part;
    if (root["time"].get(part) != simdjson::SUCCESS) return not_understood("no time");
    SKALD_TRY(line.time, time_of(part));
    if (root["stream"].get(part) != simdjson::SUCCESS) return not_understood("no stream");
    SKALD_TRY(line.stream, pairs_of(part));
    std::string_view text;
    if (root["line"].get(text) != simdjson::SUCCESS) return not_understood("no line");
    line.line = text;
    if (root["metadata"].get(part) == simdjson::SUCCESS) {
        SKALD_TRY(line.metadata, pairs_of(part));
    }
    return line;
}

Result<std::vector<TransferLine>> parse_query_answer(const std::string& body) {
    dom::parser parser;
    dom::element root;
    dom::array result;
    if (parser.parse(body).get(root) != simdjson::SUCCESS ||
        root["data"]["result"].get(result) != simdjson::SUCCESS)
        return not_understood("the answer of the server is not understood");
    std::vector<TransferLine> lines;
    for (const dom::element stream : result) {
        dom::element labels;
        dom::array values;
        if (stream["stream"].get(labels) != simdjson::SUCCESS ||
            stream["values"].get(values) != simdjson::SUCCESS)
            return not_understood("only log queries have lines to export");
        SKALD_TRY(const TransferLine::Pairs pairs, pairs_of(labels));
        for (const dom::element value : values) {
            dom::element ignored;
            if (value.at(0).get(ignored) != simdjson::SUCCESS)
                return not_understood("the answer of the server is not understood");
            SKALD_TRY(TransferLine line, line_of_value(value, pairs));
            lines.push_back(std::move(line));
        }
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const TransferLine& a, const TransferLine& b) { return a.time < b.time; });
    return lines;
}

std::string push_body(const std::vector<TransferLine>& lines) {
    std::map<TransferLine::Pairs, std::string> streams;
    for (const TransferLine& line : lines) {
        std::string& values = streams[line.stream];
        values += values.empty() ? "" : ",";
        values += "[\"" + std::to_string(line.time) + "\",";
        append_json_string(values, line.line);
        values += ',';
        append_pairs(values, line.metadata);
        values += ']';
    }
    std::string body = "{\"streams\":[";
    for (const auto& [labels, values] : streams) {
        if (!body.ends_with('[')) body += ',';
        body += "{\"stream\":";
        append_pairs(body, labels);
        body += ",\"values\":[" + values + "]}";
    }
    return body + "]}";
}

}  // namespace skald::tools
