// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/querier/query.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A field found in sampled rows: structured metadata, or something that their lines name.
struct DetectedField {
    std::string name;
    std::string_view type;          ///< "string", "int", "float", "boolean", "duration", "bytes".
    std::uint64_t cardinality = 0;  ///< Estimated; exact while it is small.
    bool has_parsers = false;       ///< False for metadata.
    std::vector<std::string> parsers;    ///< That find it: "json", "logfmt".
    std::vector<std::string> json_path;  ///< The keys that lead to it in JSON.
};

/// The fields of the rows, by name: metadata, what the query's own stages made, and what the lines
/// say as JSON or logfmt. A name of a line that a stream label or metadata has, too, gets
/// "_extracted". Of fields past `limit` those that are seen first stay.
std::vector<DetectedField> detect_fields(const StreamsResult& rows, std::size_t limit);

/// Distinct values of one field in the order of the rows, `limit` at most. Sizes are written in one
/// way, "3.0kB".
std::vector<std::string> detected_values(const StreamsResult& rows, std::string_view name,
                                         std::size_t limit);

}  // namespace skald::read
