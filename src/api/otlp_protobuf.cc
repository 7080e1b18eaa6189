// SPDX-License-Identifier: Apache-2.0
#include "otlp_protobuf.h"

#include "list_room.h"
#include "proto_scanner.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/base/units.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;

/// Reads the messages of opentelemetry/proto/logs/v1 and common/v1 into views.
class OtlpReader : private ProtoScanner {
public:
    OtlpReader(std::string_view bytes, OtlpLogs& logs, BudgetShare& share)
        : ProtoScanner(bytes.size() * OtlpLogs::kViewBytesPerByte + 64 * kKiB),
          logs_(logs),
          room_(share) {}

    Error error() { return room_.error(take_error()); }

    bool read_request(std::string_view bytes) {
        return read_message(bytes, "ExportLogsServiceRequest", [&](Cursor& in, const Tag& tag) {
            if (tag.field != 1) return skip(in, tag);
            std::string_view resource;
            return read_bytes_field(in, tag, "ResourceLogs", resource) && read_resource(resource);
        });
    }

private:
    /// Calls `read_field` behind each tag.
    template <class ReadField>
    bool read_message(std::string_view bytes, const char* name, ReadField read_field) {
        Cursor in(bytes);
        while (!in.done()) {
            Tag tag;
            if (!read_tag(in, name, tag) || !read_field(in, tag)) return false;
        }
        return true;
    }

    bool read_number(Cursor& in, const Tag& tag, const char* field, std::uint64_t& value) {
        return tag.type == kVarint ? read_varint(in, value) : wrong_type(tag, field);
    }
    bool read_u32(Cursor& in, const Tag& tag, const char* field, std::uint32_t& value) {
        std::uint64_t number = 0;
        if (!read_number(in, tag, field, number)) return false;
        value = static_cast<std::uint32_t>(number);
        return true;
    }
    template <class Number>
    bool read_fixed(Cursor& in, const Tag& tag, const char* field, Number& value) {
        if (tag.type != (sizeof value == 8 ? kFixed64 : kFixed32)) return wrong_type(tag, field);
        const char* const from = in.at;
        if (!skip_fixed(in, sizeof value)) return false;
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(&value, from, sizeof value);
        return true;
    }

    bool read_resource(std::string_view bytes) {
        if (!charge(sizeof(OtlpResource))) return false;
        OtlpResource resource;
        OtlpList attributes;
        resource.scopes_begin = static_cast<std::uint32_t>(logs_.scopes.size());
        const bool ok = read_message(bytes, "ResourceLogs", [&](Cursor& in, const Tag& tag) {
            std::string_view message;
            if (tag.field == 1)
                return read_bytes_field(in, tag, "Resource", message) &&
                       read_resource_attributes(message, attributes);
            if (tag.field == 2)
                return read_bytes_field(in, tag, "ScopeLogs", message) && read_scope(message);
            return skip(in, tag);
        });
        resource.attributes = attributes.first;
        resource.scopes_end = static_cast<std::uint32_t>(logs_.scopes.size());
        if (!room_.make(logs_.resources)) return false;
        logs_.resources.push_back(resource);
        return ok;
    }
    bool read_resource_attributes(std::string_view bytes, OtlpList& attributes) {
        return read_message(bytes, "Resource", [&](Cursor& in, const Tag& tag) {
            return tag.field == 1 ? read_attribute(in, tag, attributes) : skip(in, tag);
        });
    }

    bool read_scope(std::string_view bytes) {
        if (!charge(sizeof(OtlpScope))) return false;
        OtlpScope scope;
        OtlpList attributes;
        scope.records_begin = static_cast<std::uint32_t>(logs_.records.size());
        const bool ok = read_message(bytes, "ScopeLogs", [&](Cursor& in, const Tag& tag) {
            std::string_view message;
            if (tag.field == 1)
                return read_bytes_field(in, tag, "Scope", message) &&
                       read_scope_name(message, scope, attributes);
            if (tag.field == 2)
                return read_bytes_field(in, tag, "LogRecords", message) && read_record(message);
            return skip(in, tag);
        });
        scope.attributes = attributes.first;
        scope.records_end = static_cast<std::uint32_t>(logs_.records.size());
        if (!room_.make(logs_.scopes)) return false;
        logs_.scopes.push_back(scope);
        return ok;
    }
    bool read_scope_name(std::string_view bytes, OtlpScope& scope, OtlpList& attributes) {
        return read_message(bytes, "InstrumentationScope", [&](Cursor& in, const Tag& tag) {
            switch (tag.field) {
                case 1: return read_bytes_field(in, tag, "Name", scope.name);
                case 2: return read_bytes_field(in, tag, "Version", scope.version);
                case 3: return read_attribute(in, tag, attributes);
                case 4:
                    return read_u32(in, tag, "DroppedAttributesCount", scope.dropped_attributes);
                default: return skip(in, tag);
            }
        });
    }

    bool read_record(std::string_view bytes) {
        if (!charge(sizeof(OtlpRecord))) return false;
        OtlpRecord record;
        OtlpList attributes;
        const bool ok = read_message(bytes, "LogRecord", [&](Cursor& in, const Tag& tag) {
            return read_record_field(in, tag, record, attributes);
        });
        record.attributes = attributes.first;
        if (!room_.make(logs_.records)) return false;
        logs_.records.push_back(record);
        return ok;
    }
    bool read_record_field(Cursor& in, const Tag& tag, OtlpRecord& record, OtlpList& attributes) {
        std::string_view bytes;
        std::uint64_t number = 0;
        switch (tag.field) {
            case 1: return read_fixed(in, tag, "TimeUnixNano", record.time);
            case 2:
                if (!read_number(in, tag, "SeverityNumber", number)) return false;
                record.severity_number = static_cast<std::int32_t>(number);
                return true;
            case 3: return read_bytes_field(in, tag, "SeverityText", record.severity_text);
            case 5: return read_bytes_field(in, tag, "Body", bytes) && read_body(bytes, record);
            case 6: return read_attribute(in, tag, attributes);
            case 7: return read_u32(in, tag, "DroppedAttributesCount", record.dropped_attributes);
            case 8: return read_fixed(in, tag, "Flags", record.flags);
            case 9: return read_id(in, tag, "TraceId", kTraceIdBytes, record.trace_id);
            case 10: return read_id(in, tag, "SpanId", kSpanIdBytes, record.span_id);
            case 11: return read_fixed(in, tag, "ObservedTimeUnixNano", record.observed);
            default: return skip(in, tag);
        }
    }
    bool read_id(Cursor& in, const Tag& tag, const char* field, std::size_t size,
                 std::string_view& hex) {
        std::string_view bytes;
        if (!read_bytes_field(in, tag, field, bytes)) return false;
        hex = {};
        if (bytes.empty()) return true;
        if (bytes.size() != size)
            return fail(std::string("proto: invalid length for ") + field + ": " +
                        std::to_string(bytes.size()));
        // All zeros mean that there is none.
        if (bytes.find_first_not_of('\0') == std::string_view::npos) return true;
        if (!room_.take(2 * bytes.size())) return false;
        hex = hex_text(bytes, *logs_.arena);
        return true;
    }
    bool read_body(std::string_view bytes, OtlpRecord& record) {
        OtlpNode body;
        if (!charge(sizeof body) || !read_value(bytes, body, 0)) return false;
        if (!room_.make(logs_.nodes)) return false;
        OtlpList list;
        record.body = logs_.append(list.first, list.last, body);
        return true;
    }

    bool read_attribute(Cursor& in, const Tag& tag, OtlpList& list) {
        std::string_view bytes;
        return read_bytes_field(in, tag, "Attributes", bytes) && read_pair(bytes, list, 0);
    }
    bool read_pair(std::string_view bytes, OtlpList& list, std::size_t depth) {
        OtlpNode node;
        if (!charge(sizeof node)) return false;
        const bool ok = read_message(bytes, "KeyValue", [&](Cursor& in, const Tag& tag) {
            std::string_view value;
            if (tag.field == 1) return read_bytes_field(in, tag, "Key", node.key);
            if (tag.field == 2)
                return read_bytes_field(in, tag, "Value", value) && read_value(value, node, depth);
            return skip(in, tag);
        });
        if (!room_.make(logs_.nodes)) return false;
        logs_.append(list.first, list.last, node);
        return ok;
    }

    /// One of the kinds; of several the last counts.
    bool read_value(std::string_view bytes, OtlpNode& node, std::size_t depth) {
        if (depth > OtlpLogs::kDepthMax) return fail("proto: values are nested too deeply");
        return read_message(bytes, "AnyValue", [&](Cursor& in, const Tag& tag) {
            return read_value_field(in, tag, node, depth);
        });
    }
    bool read_value_field(Cursor& in, const Tag& tag, OtlpNode& node, std::size_t depth) {
        std::uint64_t number = 0;
        std::string_view bytes;
        switch (tag.field) {
            case 1:
                node.kind = OtlpKind::kString;
                return read_bytes_field(in, tag, "StringValue", node.text);
            case 2:
                node.kind = OtlpKind::kBool;
                if (!read_number(in, tag, "BoolValue", number)) return false;
                node.number = number != 0 ? 1 : 0;
                return true;
            case 3:
                node.kind = OtlpKind::kInt;
                if (!read_number(in, tag, "IntValue", number)) return false;
                node.number = static_cast<std::int64_t>(number);
                return true;
            case 4:
                node.kind = OtlpKind::kDouble;
                return read_fixed(in, tag, "DoubleValue", node.real);
            case 5:
                node.kind = OtlpKind::kArray;
                return read_bytes_field(in, tag, "ArrayValue", bytes) &&
                       read_array(bytes, node, depth + 1);
            case 6:
                node.kind = OtlpKind::kMap;
                return read_bytes_field(in, tag, "KvlistValue", bytes) &&
                       read_map(bytes, node, depth + 1);
            case 7:
                node.kind = OtlpKind::kBytes;
                return read_bytes_field(in, tag, "BytesValue", node.text);
            default: return skip(in, tag);
        }
    }
    bool read_array(std::string_view bytes, OtlpNode& node, std::size_t depth) {
        OtlpList list;
        const bool ok = read_message(bytes, "ArrayValue", [&](Cursor& in, const Tag& tag) {
            if (tag.field != 1) return skip(in, tag);
            std::string_view value;
            OtlpNode element;
            if (!read_bytes_field(in, tag, "Values", value) || !charge(sizeof element) ||
                !read_value(value, element, depth))
                return false;
            if (!room_.make(logs_.nodes)) return false;
            logs_.append(list.first, list.last, element);
            return true;
        });
        node.first = list.first;
        return ok;
    }
    bool read_map(std::string_view bytes, OtlpNode& node, std::size_t depth) {
        OtlpList list;
        const bool ok = read_message(bytes, "KeyValueList", [&](Cursor& in, const Tag& tag) {
            if (tag.field != 1) return skip(in, tag);
            std::string_view pair;
            return read_bytes_field(in, tag, "Values", pair) && read_pair(pair, list, depth);
        });
        node.first = list.first;
        return ok;
    }

    OtlpLogs& logs_;
    ListRoom room_;
};

}  // namespace

std::string_view hex_text(std::string_view bytes, write::TextArena& arena) {
    char* const hex = arena.reserve(bytes.size() * 2);
    write_hex(bytes, hex);
    return {hex, bytes.size() * 2};
}

Result<OtlpLogs> decode_otlp_protobuf(Buffer body, BudgetShare& share) {
    OtlpLogs logs;
    auto bytes = std::make_shared<Buffer>(std::move(body));
    OtlpReader reader(bytes->view(), logs, share);
    if (!reader.read_request(bytes->view())) return reader.error();
    logs.owners.push_back(std::move(bytes));
    return logs;
}

}  // namespace skald::api
