// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/read/querier/query.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The JSON of the read endpoints (http-api sections 8 and 9). Pure.
namespace skald::api {

struct QueryAnswer {
    read::QueryResponse response;
    read::Direction direction = read::Direction::kBackward;
    /// What the client sent as `X-Loki-Response-Encoding-Flags`; streams repeat it.
    std::vector<std::string> encoding_flags;
    /// Volumes by label name have the name with an empty value; other series never have one.
    bool keeps_empty_labels = false;

    /// True if stream labels, metadata and parsed labels are to be told apart.
    bool categorize() const;
};

/// The envelope with data and statistics. Streams end with a newline, the other kinds do not.
std::string query_json(const QueryAnswer& answer);
/// `/api/prom/query`: streams only. Requires: the response holds streams.
std::string legacy_query_json(const QueryAnswer& answer);
/// About how many bytes the JSON will have; large answers are built on a worker.
std::size_t estimated_bytes(const read::QueryResponse& response) noexcept;

/// `{"name":"value",…}`.
void append_json_labels(std::string& out, const Labels& labels);

}  // namespace skald::api
