// SPDX-License-Identifier: Apache-2.0
#include "small_files_outline.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/wal/instance_file.h>

#include <array>
#include <cstdint>
#include <string>

namespace skald::tools {

namespace {

constexpr std::size_t kChecksumBytes = 8;

/// Adds whether the last eight bytes are the checksum of those before, which it returns.
std::string_view checked_body(std::string_view bytes, Outline& out) {
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    const bool is_whole = ByteReader(bytes.substr(body.size())).u64() == hash64(body);
    out.add("checksum", is_whole ? "right" : "wrong: the file is damaged");
    return body;
}

void skip_pairs(ByteReader& in) {
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        in.text();
        in.text();
    }
}

/// What a tenant's part of saved patterns holds: docs/formats/patterns.md.
void outline_tenant_patterns(ByteReader& in, Outline& out) {
    out.add("name", in.text());
    const std::uint64_t streams = in.varint();
    std::uint64_t patterns = 0;
    for (std::uint64_t stream = 0; stream < streams && in.ok(); ++stream) {
        skip_pairs(in);
        in.varint();
        for (std::uint64_t levels = in.varint(); levels > 0 && in.ok(); --levels) {
            in.text();
            for (std::uint64_t groups = in.varint(); groups > 0 && in.ok(); --groups) {
                in.u64();
                in.u8();
                const std::uint64_t gaps = in.varint();
                for (std::uint64_t gap = 0; gap < gaps && in.ok(); ++gap) in.text();
                const std::uint64_t templates = in.varint();
                patterns += templates;
                for (std::uint64_t i = 0; i < templates && in.ok(); ++i) {
                    for (std::uint64_t word = 1; word < gaps && in.ok(); ++word) in.text();
                    for (std::uint64_t counts = in.varint(); counts > 0 && in.ok(); --counts) {
                        in.varint();
                        in.varint();
                    }
                }
            }
        }
    }
    out.add("streams", streams);
    out.add("patterns", patterns);
}

constexpr std::array<const char*, 3> kAlertStates = {"inactive", "pending", "firing"};

/// docs/formats/alerts.md
void outline_alert(ByteReader& in, Outline& out) {
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        const std::string_view name = in.text();
        out.add(name, in.text());
    }
    skip_pairs(in);
    const std::uint8_t state = in.u8();
    out.add("state", state < kAlertStates.size() ? kAlertStates[state] : "unknown");
    in.u64();
    out.add("active_at", format_rfc3339_nano(in.i64()));
    for (int time = 0; time < 5; ++time) in.i64();
}

}  // namespace

Result<void> outline_delete(std::string_view bytes, Outline& out) {
    SKALD_TRY(const storage::StoredDelete stored, storage::decode_delete_request(bytes));
    const storage::DeleteRequest& request = stored.request;
    out.add("kind", "delete request");
    out.add("version", stored.version);
    out.add("copies", stored.is_whole ? "whole" : "one is damaged, the other one is shown");
    out.add("tenant", request.tenant.text());
    out.add("id", request.id);
    out.add("query", request.query);
    out.add("start", format_rfc3339_nano(request.start));
    out.add("end", format_rfc3339_nano(request.end));
    out.add("created", format_rfc3339_nano(request.created));
    out.add("state",
            request.state == storage::DeleteRequest::State::kProcessed ? "processed" : "received");
    out.add("changed", format_rfc3339_nano(request.changed));
    return {};
}

Result<void> outline_patterns(std::string_view bytes, Outline& out) {
    if (bytes.size() < 16) return Error{ErrorCode::kCorruption, "saved patterns: too short"};
    out.add("kind", "saved patterns");
    ByteReader in(checked_body(bytes, out));
    in.raw(4);
    out.add("version", in.u32());
    const std::uint64_t tenants = in.varint();
    out.add("tenants", tenants);
    for (std::uint64_t i = 0; i < tenants && in.ok(); ++i)
        outline_tenant_patterns(in, out.item("tenant"));
    return in.ok() ? Result<void>() : Error{ErrorCode::kCorruption, "saved patterns: cut short"};
}

Result<void> outline_alerts(std::string_view bytes, Outline& out) {
    if (bytes.size() < kAlertsMagic.size() + kChecksumBytes)
        return Error{ErrorCode::kCorruption, "the state of alerts: too short"};
    out.add("kind", "state of alerts");
    ByteReader in(checked_body(bytes, out).substr(kAlertsMagic.size()));
    out.add("written", format_rfc3339_nano(in.i64()));
    for (std::uint64_t count = in.varint(); count > 0 && in.ok(); --count) {
        Outline& rule = out.item("rule");
        for (const char* name : {"tenant", "namespace", "group", "rule"}) rule.add(name, in.text());
        for (std::uint64_t alerts = in.varint(); alerts > 0 && in.ok(); --alerts)
            outline_alert(in, rule.item("alert"));
    }
    return in.ok() ? Result<void>()
                   : Error{ErrorCode::kCorruption, "the state of alerts: cut short"};
}

Result<void> outline_rules(std::string_view bytes, Outline& out) {
    const std::size_t line = bytes.find('\n');
    const std::string_view seal = bytes.substr(kRulesMagic.size(), line - kRulesMagic.size());
    const std::string_view rules =
        line == std::string_view::npos ? std::string_view() : bytes.substr(line + 1);
    out.add("kind", "rules");
    out.add("seal", seal == to_hex(hash64(rules)) ? "right" : "wrong: damaged, or changed by hand");
    out.add("rule_bytes", rules.size());
    return {};
}

Result<void> outline_extent(std::string_view bytes, Outline& out) {
    constexpr std::size_t kHeaderBytes = 168;
    constexpr std::size_t kPageBytes = 64U << 10;
    constexpr std::size_t kPages = 16;
    if (bytes.size() < kHeaderBytes)
        return Error{ErrorCode::kCorruption, "a file of the disk cache: too short"};
    out.add("kind", "part of an object in the disk cache");
    ByteReader in(checked_body(bytes.substr(0, kHeaderBytes), out).substr(kExtentMagic.size()));
    Hash128 object;
    object.high = in.u64();
    object.low = in.u64();
    const std::uint64_t place = in.u64();
    const std::string_view extent = bytes.substr(kHeaderBytes);
    out.add("object", object.to_hex());
    out.add("extent", place >> 32);
    out.add("size", place & 0xffffffff);
    std::size_t damaged = (place & 0xffffffff) == extent.size() ? 0 : kPages;
    for (std::size_t page = 0; page < kPages && damaged < kPages; ++page) {
        const std::uint64_t checksum = in.u64();
        const std::size_t at = page * kPageBytes;
        if (at < extent.size() && hash64(extent.substr(at, kPageBytes)) != checksum) ++damaged;
    }
    out.add("damaged_pages", damaged);
    return {};
}

Result<void> outline_instance(std::string_view bytes, Outline& out) {
    const storage::InstanceFile file = storage::decode_instance_file(bytes);
    if (file.name.empty())
        return Error{ErrorCode::kCorruption, "the name of an instance: no line is whole"};
    out.add("kind", "name of an instance");
    out.add("name", file.name);
    out.add("lines", !file.has_checksums ? "one, without a checksum"
                     : file.is_whole     ? "whole"
                                         : "one of the two is damaged");
    return {};
}

}  // namespace skald::tools
