// SPDX-License-Identifier: Apache-2.0
#include "log_answer.h"

#include <algorithm>
#include <map>
#include <utility>

namespace skald::read {

void thin_out(std::vector<LogCandidate>& rows, DurationNs interval, std::size_t limit) {
    std::size_t kept = 0;
    for (LogCandidate& row : rows) {
        if (kept == limit) break;
        if (kept > 0 && interval > 0) {
            const TimeNs last = rows[kept - 1].time;
            const DurationNs distance =
                subtract_times(std::max(last, row.time), std::min(last, row.time));
            if (distance < interval) continue;
        }
        // Not onto itself: a row moved into its own place is lost.
        if (&rows[kept] != &row) rows[kept] = std::move(row);
        ++kept;
    }
    rows.resize(kept);
}

Result<QueryResponse> log_answer(QueryContext& context, std::vector<LogCandidate> rows) {
    SKALD_CHECK(context.outcome());
    QueryResponse response;
    response.stats = context.total_stats();
    std::map<Labels, std::vector<LogRow>> streams;
    for (LogCandidate& row : rows) {
        if (row.content == nullptr) continue;
        RowContent& content = *row.content;
        streams[std::move(content.stream)].push_back({row.time, std::move(content.line),
                                                      std::move(content.metadata),
                                                      std::move(content.parsed)});
        ++response.stats.entries_returned;
    }
    // Rows were found, but all their lines are in damaged blocks.
    if (!rows.empty() && response.stats.entries_returned == 0) {
        SKALD_CHECK(context.damage());
    }
    StreamsResult result;
    for (auto& [labels, stream_rows] : streams) {
        result.streams.push_back({labels, std::move(stream_rows)});
    }
    response.data = std::move(result);
    response.warnings = context.take_warnings();
    return response;
}

}  // namespace skald::read
