// SPDX-License-Identifier: Apache-2.0
#include <skald/read/querier/query.h>

namespace skald::read {

QueryStats& QueryStats::operator+=(const QueryStats& part) {
    bytes_processed += part.bytes_processed;
    lines_processed += part.lines_processed;
    metadata_bytes_processed += part.metadata_bytes_processed;
    post_filter_lines += part.post_filter_lines;
    entries_returned += part.entries_returned;
    duplicates += part.duplicates;
    runs_matched += part.runs_matched;
    blocks_read += part.blocks_read;
    blocks_skipped += part.blocks_skipped;
    stored_bytes_read += part.stored_bytes_read;
    memory_lines += part.memory_lines;
    memory_bytes += part.memory_bytes;
    streams_matched += part.streams_matched;
    bytes_selected += part.bytes_selected;
    parts += part.parts;
    cache_requests += part.cache_requests;
    cache_hits += part.cache_hits;
    cache_bytes += part.cache_bytes;
    cache_stored += part.cache_stored;
    exec_seconds += part.exec_seconds;
    queue_seconds += part.queue_seconds;
    return *this;
}

}  // namespace skald::read
