// SPDX-License-Identifier: Apache-2.0
#include "otlp_json.h"

#include "json_scanner.h"
#include "list_room.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kTraceIdDigits = 32;
constexpr std::size_t kSpanIdDigits = 16;

/// `name` without its first appearance of `prefix`, if it begins with it.
bool take_prefix(std::string_view& name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    return true;
}

/// "SEVERITY_NUMBER_WARN2" -> 14 (opentelemetry/proto/logs/v1: six levels of four numbers each).
std::optional<std::int32_t> severity_of(std::string_view name) {
    constexpr std::array<std::string_view, 6> kLevels = {"TRACE", "DEBUG", "INFO",
                                                         "WARN",  "ERROR", "FATAL"};
    if (!take_prefix(name, "SEVERITY_NUMBER_")) return std::nullopt;
    if (name == "UNSPECIFIED") return 0;
    for (std::size_t i = 0; i < kLevels.size(); ++i) {
        std::string_view rest = name;
        if (!take_prefix(rest, kLevels[i])) continue;
        const auto first = static_cast<std::int32_t>(i * 4 + 1);
        if (rest.empty()) return first;
        if (rest.size() == 1 && rest[0] >= '2' && rest[0] <= '4') return first + (rest[0] - '1');
    }
    return std::nullopt;
}

/// Base64 of either alphabet (RFC 4648, 4 and 5), padded or not; decodes in place.
bool decode_base64(std::string_view& text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    if (text.size() % 4 == 1) return false;
    // The text lies in the body, which is ours to write to.
    char* const begin = const_cast<char*>(text.data());
    char* out = begin;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        std::uint32_t value = 0;
        if (c >= 'A' && c <= 'Z')
            value = static_cast<std::uint32_t>(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = static_cast<std::uint32_t>(c - 'a') + 26;
        else if (c >= '0' && c <= '9')
            value = static_cast<std::uint32_t>(c - '0') + 52;
        else if (c == '+' || c == '-')
            value = 62;
        else if (c == '/' || c == '_')
            value = 63;
        else
            return false;
        bits = bits << 6 | value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        *out++ = static_cast<char>(bits >> count);
    }
    text = {begin, static_cast<std::size_t>(out - begin)};
    return true;
}

/// Reads the JSON form of the messages.
///
/// Invariant: after a read returned false `error()` says why, and nothing more is read.
class OtlpJsonReader {
public:
    OtlpJsonReader(Buffer& body, OtlpLogs& logs, BudgetShare& share)
        : in_(body.data(), body.size()),
          logs_(logs),
          room_(share),
          views_left_(body.size() * OtlpLogs::kViewBytesPerByte + 64 * kKiB) {}

    bool read_request() {
        if (in_.at_end()) return in_.fail("expected '{' in the request");
        const bool ok = read_members("the request", [&](std::string_view name) {
            if (name != "resourceLogs" && name != "resource_logs") return in_.skip_value();
            return read_elements("resourceLogs", [&] { return read_resource(); });
        });
        return ok && (in_.at_end() || in_.fail("data after the request"));
    }

    Error error() const { return room_.error(in_.error()); }

private:
    bool charge(std::size_t bytes) {
        if (bytes > views_left_) return in_.fail("too many empty values");
        views_left_ -= bytes;
        return true;
    }

    /// Members that are null count as absent, as in protobuf's JSON.
    template <class ReadMember>
    bool read_members(const char* where, ReadMember read_member) {
        if (in_.take_null()) return true;
        return read_object(in_, where, [&](std::string_view name) {
            return in_.take_null() || read_member(name);
        });
    }
    template <class ReadElement>
    bool read_elements(const char* where, ReadElement read_element) {
        return read_array(in_, where, [&] { return in_.take_null() || read_element(); });
    }

    bool read_text(std::string_view& text, const char* what) {
        if (in_.peek() != '"') return in_.fail(std::string(what) + " must be a string");
        return in_.read_string(text);
    }
    /// A whole number, in quotes or not.
    template <class Number>
    bool read_number(Number& number, const char* what) {
        std::string_view text;
        const bool read = in_.peek() == '"' ? in_.read_raw_string(text) : in_.read_scalar(text);
        if (!read) return false;
        const char* const last = text.data() + text.size();
        const auto [stop, problem] = std::from_chars(text.data(), last, number);
        if (problem == std::errc() && stop == last) return true;
        return in_.fail(std::string(what) + " must be a whole number");
    }
    bool read_double(double& number) {
        std::string_view text;
        const bool read = in_.peek() == '"' ? in_.read_raw_string(text) : in_.read_scalar(text);
        if (!read) return false;
        const Result<double> parsed = parse_float(text);
        if (!parsed) return in_.fail("doubleValue must be a number");
        number = *parsed;
        return true;
    }
    bool read_bool(std::int64_t& number) {
        std::string_view text;
        if (in_.peek() == '"' || !in_.read_scalar(text) || (text != "true" && text != "false"))
            return in_.fail("boolValue must be true or false");
        number = text == "true" ? 1 : 0;
        return true;
    }
    bool read_severity(std::int32_t& number) {
        if (in_.peek() != '"') return read_number(number, "severityNumber");
        std::string_view name;
        if (!in_.read_raw_string(name)) return false;
        const std::optional<std::int32_t> known = severity_of(name);
        if (!known) return in_.fail("severityNumber must be a number or its name");
        number = *known;
        return true;
    }
    bool read_id(std::string_view& id, std::size_t digits, const char* what) {
        std::string_view text;
        if (!read_text(text, what)) return false;
        id = {};
        if (text.empty()) return true;
        if (!room_.take(text.size())) return false;
        char* const lower = logs_.arena->reserve(text.size());
        std::transform(text.begin(), text.end(), lower, [](char c) {
            return c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
        });
        const std::string_view hex(lower, text.size());
        if (hex.size() != digits || hex.find_first_not_of("0123456789abcdef") != hex.npos)
            return in_.fail(std::string(what) + " must be " + std::to_string(digits) +
                            " hexadecimal digits");
        if (hex.find_first_not_of('0') != hex.npos) id = hex;
        return true;
    }

    bool read_resource() {
        if (!charge(sizeof(OtlpResource))) return false;
        OtlpResource resource;
        OtlpList attributes;
        resource.scopes_begin = static_cast<std::uint32_t>(logs_.scopes.size());
        const bool ok = read_members("resourceLogs", [&](std::string_view name) {
            if (name == "resource") return read_resource_attributes(attributes);
            if (name == "scopeLogs" || name == "scope_logs")
                return read_elements("scopeLogs", [&] { return read_scope(); });
            return in_.skip_value();
        });
        resource.attributes = attributes.first;
        resource.scopes_end = static_cast<std::uint32_t>(logs_.scopes.size());
        if (!room_.make(logs_.resources)) return false;
        logs_.resources.push_back(resource);
        return ok;
    }
    bool read_resource_attributes(OtlpList& attributes) {
        return read_members("resource", [&](std::string_view name) {
            return name == "attributes" ? read_pairs(attributes, 0) : in_.skip_value();
        });
    }

    bool read_scope() {
        if (!charge(sizeof(OtlpScope))) return false;
        OtlpScope scope;
        OtlpList attributes;
        scope.records_begin = static_cast<std::uint32_t>(logs_.records.size());
        const bool ok = read_members("scopeLogs", [&](std::string_view name) {
            if (name == "scope") return read_scope_name(scope, attributes);
            if (name == "logRecords" || name == "log_records")
                return read_elements("logRecords", [&] { return read_record(); });
            return in_.skip_value();
        });
        scope.attributes = attributes.first;
        scope.records_end = static_cast<std::uint32_t>(logs_.records.size());
        if (!room_.make(logs_.scopes)) return false;
        logs_.scopes.push_back(scope);
        return ok;
    }
    bool read_scope_name(OtlpScope& scope, OtlpList& attributes) {
        return read_members("scope", [&](std::string_view name) {
            if (name == "name") return read_text(scope.name, "name");
            if (name == "version") return read_text(scope.version, "version");
            if (name == "attributes") return read_pairs(attributes, 0);
            if (name == "droppedAttributesCount" || name == "dropped_attributes_count")
                return read_number(scope.dropped_attributes, "droppedAttributesCount");
            return in_.skip_value();
        });
    }

    bool read_record() {
        if (!charge(sizeof(OtlpRecord))) return false;
        OtlpRecord record;
        OtlpList attributes;
        const bool ok = read_members("logRecords", [&](std::string_view name) {
            return read_record_member(name, record, attributes);
        });
        record.attributes = attributes.first;
        if (!room_.make(logs_.records)) return false;
        logs_.records.push_back(record);
        return ok;
    }
    bool read_record_member(std::string_view name, OtlpRecord& record, OtlpList& attributes) {
        if (name == "timeUnixNano" || name == "time_unix_nano")
            return read_number(record.time, "timeUnixNano");
        if (name == "observedTimeUnixNano" || name == "observed_time_unix_nano")
            return read_number(record.observed, "observedTimeUnixNano");
        if (name == "severityNumber" || name == "severity_number")
            return read_severity(record.severity_number);
        if (name == "severityText" || name == "severity_text")
            return read_text(record.severity_text, "severityText");
        if (name == "body") return read_body(record);
        if (name == "attributes") return read_pairs(attributes, 0);
        if (name == "droppedAttributesCount" || name == "dropped_attributes_count")
            return read_number(record.dropped_attributes, "droppedAttributesCount");
        if (name == "flags") return read_number(record.flags, "flags");
        if (name == "traceId" || name == "trace_id")
            return read_id(record.trace_id, kTraceIdDigits, "traceId");
        if (name == "spanId" || name == "span_id")
            return read_id(record.span_id, kSpanIdDigits, "spanId");
        return in_.skip_value();
    }
    bool read_body(OtlpRecord& record) {
        OtlpNode body;
        if (!charge(sizeof body) || !read_value(body, 0)) return false;
        if (!room_.make(logs_.nodes)) return false;
        OtlpList list;
        record.body = logs_.append(list.first, list.last, body);
        return true;
    }

    /// Attributes, or the members of a map.
    bool read_pairs(OtlpList& list, std::size_t depth) {
        return read_elements("attributes", [&] {
            OtlpNode node;
            if (!charge(sizeof node)) return false;
            const bool ok = read_members("an attribute", [&](std::string_view name) {
                if (name == "key") return read_text(node.key, "key");
                if (name == "value") return read_value(node, depth);
                return in_.skip_value();
            });
            if (!room_.make(logs_.nodes)) return false;
            logs_.append(list.first, list.last, node);
            return ok;
        });
    }

    bool read_value(OtlpNode& node, std::size_t depth) {
        if (depth > OtlpLogs::kDepthMax) return in_.fail("values are nested too deeply");
        return read_members(
            "a value", [&](std::string_view name) { return read_value_member(name, node, depth); });
    }
    bool read_value_member(std::string_view name, OtlpNode& node, std::size_t depth) {
        if (name == "stringValue" || name == "string_value") {
            node.kind = OtlpKind::kString;
            return read_text(node.text, "stringValue");
        }
        if (name == "boolValue" || name == "bool_value") {
            node.kind = OtlpKind::kBool;
            return read_bool(node.number);
        }
        if (name == "intValue" || name == "int_value") {
            node.kind = OtlpKind::kInt;
            return read_number(node.number, "intValue");
        }
        if (name == "doubleValue" || name == "double_value") {
            node.kind = OtlpKind::kDouble;
            return read_double(node.real);
        }
        if (name == "bytesValue" || name == "bytes_value") {
            node.kind = OtlpKind::kBytes;
            return read_text(node.text, "bytesValue") &&
                   (decode_base64(node.text) || in_.fail("bytesValue must be base64"));
        }
        if (name == "arrayValue" || name == "array_value") return read_list(node, depth + 1);
        if (name == "kvlistValue" || name == "kvlist_value") return read_map(node, depth + 1);
        return in_.skip_value();
    }
    bool read_list(OtlpNode& node, std::size_t depth) {
        node.kind = OtlpKind::kArray;
        OtlpList list;
        const bool ok = read_members("arrayValue", [&](std::string_view name) {
            if (name != "values") return in_.skip_value();
            return read_elements("values", [&] {
                OtlpNode element;
                if (!charge(sizeof element) || !read_value(element, depth)) return false;
                if (!room_.make(logs_.nodes)) return false;
                logs_.append(list.first, list.last, element);
                return true;
            });
        });
        node.first = list.first;
        return ok;
    }
    bool read_map(OtlpNode& node, std::size_t depth) {
        node.kind = OtlpKind::kMap;
        OtlpList list;
        const bool ok = read_members("kvlistValue", [&](std::string_view name) {
            return name == "values" ? read_pairs(list, depth) : in_.skip_value();
        });
        node.first = list.first;
        return ok;
    }

    JsonScanner in_;
    OtlpLogs& logs_;
    ListRoom room_;
    std::uint64_t views_left_;
};

}  // namespace

Result<OtlpLogs> decode_otlp_json(Buffer body, BudgetShare& share) {
    OtlpLogs logs;
    auto bytes = std::make_shared<Buffer>(std::move(body));
    OtlpJsonReader reader(*bytes, logs, share);
    if (!reader.read_request()) return reader.error();
    logs.owners.push_back(std::move(bytes));
    return logs;
}

}  // namespace skald::api
