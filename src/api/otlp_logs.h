// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/write/distributor/text_arena.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace skald::api {

/// Kinds of `opentelemetry.proto.common.v1.AnyValue`.
enum class OtlpKind : std::uint8_t { kEmpty, kString, kBool, kInt, kDouble, kBytes, kArray, kMap };

/// A value, an element of an array, or a member of a map or list of attributes. Those of one list
/// follow each other by `next`; index 0 stands for "none".
struct OtlpNode {
    std::string_view key;
    std::string_view text;    ///< kString, kBytes.
    std::int64_t number = 0;  ///< kInt, kBool (0 or 1).
    double real = 0;          ///< kDouble.
    std::uint32_t first = 0;  ///< kArray, kMap: the first element.
    std::uint32_t next = 0;
    OtlpKind kind = OtlpKind::kEmpty;
};

struct OtlpRecord {
    std::uint64_t time = 0;  ///< Nanoseconds since 1970; 0: not set. Also `observed`.
    std::uint64_t observed = 0;
    std::string_view severity_text;
    std::string_view trace_id;  ///< 32 lower-case hexadecimal digits, or "". `span_id`: 16.
    std::string_view span_id;
    std::int32_t severity_number = 0;
    std::uint32_t body = 0;        ///< A node; 0: none.
    std::uint32_t attributes = 0;  ///< The first node of a list.
    std::uint32_t dropped_attributes = 0;
    std::uint32_t flags = 0;
};

struct OtlpScope {
    std::string_view name;
    std::string_view version;
    std::uint32_t attributes = 0;
    std::uint32_t dropped_attributes = 0;
    std::uint32_t records_begin = 0;
    std::uint32_t records_end = 0;
};

struct OtlpResource {
    std::uint32_t attributes = 0;
    std::uint32_t scopes_begin = 0;
    std::uint32_t scopes_end = 0;
};

/// An `ExportLogsServiceRequest` (opentelemetry.proto.collector.logs.v1), decoded. Views point into
/// the body and the arena, which `owners` keep.
///
/// Invariants: the scopes of a resource, and the records of a scope, follow each other and those
/// before them. Values nest at most `kDepthMax` deep.
/// Threading: single-owner.
struct OtlpLogs {
    static constexpr std::size_t kDepthMax = 64;
    /// Views that a body of that many bytes may become; a request of nothing but empty messages is
    /// refused before it takes much more memory than its bytes.
    static constexpr std::uint64_t kViewBytesPerByte = 16;

    std::vector<OtlpResource> resources;
    std::vector<OtlpScope> scopes;
    std::vector<OtlpRecord> records;
    std::vector<OtlpNode> nodes{1};
    std::shared_ptr<write::TextArena> arena = std::make_shared<write::TextArena>();
    std::vector<std::shared_ptr<const void>> owners;

    /// Puts `node` behind the list that begins at `first` and ends at `last`; returns its index.
    std::uint32_t append(std::uint32_t& first, std::uint32_t& last, const OtlpNode& node) {
        const auto index = static_cast<std::uint32_t>(nodes.size());
        nodes.push_back(node);
        (first == 0 ? first : nodes[last].next) = index;
        last = index;
        return index;
    }
};

/// Where a list of attributes ends while it is read.
struct OtlpList {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// `bytes` as lower-case hexadecimal digits in the arena.
std::string_view hex_text(std::string_view bytes, write::TextArena& arena);

}  // namespace skald::api
