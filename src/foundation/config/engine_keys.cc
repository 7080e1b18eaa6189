// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"

namespace skald {

void add_ingester_keys(KeyTable& t) {
    t.boolean(
        "ingester.wal.enabled", "ingester.wal-enabled",
        "Only true: an acknowledged line is in the log.",
        [](Config & c) -> auto& { return c.ingester.wal_enabled; });
    t.text("ingester.chunk_encoding", "ingester.chunk-encoding",
           "Compression of lines; lz4-64k and its like mean lz4, flate means gzip.",
           [](Config & c) -> auto& { return c.ingester.chunk_encoding; },
           {"none", "gzip", "lz4", "lz4-64k", "lz4-256k", "lz4-1M", "snappy", "flate", "zstd"});
    t.bytes(
        "ingester.chunk_block_size", "ingester.chunks-block-size",
        "Raw bytes of a block: the unit that is compressed and read.",
        [](Config & c) -> auto& { return c.ingester.chunk_block_size; }, 16 * kKiB, 16 * kMiB);
    t.boolean(
        "ingester.block_filters", "ingester.block-filters",
        "Make search filters for new blocks at once (about 10 % of the CPU that taking them "
        "costs); "
        "else they come with the first merge.",
        [](Config & c) -> auto& { return c.ingester.block_filters; });
    t.duration(
        "ingester.max_chunk_age", "ingester.max-chunk-age",
        "Lines older than the newest of their stream by more than half of this are refused.",
        [](Config & c) -> auto& { return c.ingester.max_chunk_age; }, kNanosPerMinute);
    t.number(
        "ingester.max_returned_stream_errors", "ingester.max-ignored-stream-errors",
        "Refused lines that an answer lists; 0: all.",
        [](Config & c) -> auto& { return c.ingester.max_returned_stream_errors; }, 0, 100'000);
    t.bytes(
        "ingester.generation.wal_bytes", "ingester.generation-wal-bytes",
        "A segment is written when the log has grown by this much,",
        [](Config & c) -> auto& { return c.ingester.generation_wal_bytes; }, kMiB, 16 * kGiB);
    t.bytes(
        "ingester.generation.memory_bytes", "ingester.generation-memory-bytes",
        "or its lines take this much memory,",
        [](Config & c) -> auto& { return c.ingester.generation_memory_bytes; }, kMiB, 64 * kGiB);
    t.duration(
        "ingester.generation.max_age", "ingester.generation-max-age", "or it is this old.",
        [](Config & c) -> auto& { return c.ingester.generation_max_age; }, kNanosPerSecond);
    t.bytes(
        "distributor.max_recv_msg_size", "distributor.max-recv-msg-size",
        "Largest push body as sent.",
        [](Config & c) -> auto& { return c.distributor.max_recv_msg_size; }, kKiB, 2 * kGiB);
    t.bytes(
        "distributor.max_decompressed_size", "distributor.max-decompressed-size",
        "Largest push body after decompression.",
        [](Config & c) -> auto& { return c.distributor.max_decompressed_size; }, kKiB, 64 * kGiB);
}

void add_pattern_keys(KeyTable& t) {
    t.boolean(
        "pattern_ingester.enabled", "pattern-ingester.enabled",
        "Find log patterns in the lines that come in, for /loki/api/v1/patterns.",
        [](Config & c) -> auto& { return c.patterns.enabled; });
    t.duration(
        "pattern_ingester.retain_for", "pattern-ingester.retain-for",
        "Time that patterns are kept, restarts included.",
        [](Config & c) -> auto& { return c.patterns.retain_for; }, kNanosPerMinute);
    t.text(
        "pattern_ingester.directory", "pattern-ingester.directory",
        "Folder of the saved patterns. Default: <path_prefix>/patterns.",
        [](Config & c) -> auto& { return c.patterns.directory; });
}

void add_compactor_keys(KeyTable& t) {
    t.duration(
        "compactor.compaction_interval", "compactor.compaction-interval",
        "How often is looked for segments to merge and lines past their retention.",
        [](Config & c) -> auto& { return c.compactor.compaction_interval; }, kNanosPerMilli);
    t.boolean(
        "compactor.retention_enabled", "compactor.retention-enabled",
        "Taken, without effect: retention is on as soon as a period is set.",
        [](Config & c) -> auto& { return c.compactor.retention_enabled; });
    t.duration(
        "compactor.retention_delete_delay", "compactor.retention-delete-delay",
        "Least time between hiding a replaced or expired segment and removing its file.",
        [](Config & c) -> auto& { return c.compactor.retention_delete_delay; });
    t.duration(
        "compactor.delete_request_cancel_period", "compactor.delete-request-cancel-period",
        "How long a delete request can be cancelled; its lines are removed after that.",
        [](Config & c) -> auto& { return c.compactor.delete_request_cancel_period; });
    t.duration(
        "compactor.delete_max_interval", "compactor.delete-max-interval",
        "The largest max_interval that a delete request may name; 0: any.",
        [](Config & c) -> auto& { return c.compactor.delete_max_interval; });
    t.number(
        "compactor.merge_segments", "compactor.merge-segments",
        "So many small segments are merged into a larger one,",
        [](Config & c) -> auto& { return c.compactor.merge_segments; }, 2, 1000);
    t.duration(
        "compactor.merge_after", "compactor.merge-after",
        "or fewer, when one has waited this long for others.",
        [](Config & c) -> auto& { return c.compactor.merge_after; });
    t.bytes(
        "compactor.segment_size", "compactor.segment-size", "Lines that a merge takes at most.",
        [](Config & c) -> auto& { return c.compactor.segment_size; }, 16 * kMiB, 1024 * kGiB);
    t.bytes(
        "compactor.block_size", "compactor.block-size", "Raw bytes of a block of a merged segment.",
        [](Config & c) -> auto& { return c.compactor.block_size; }, 16 * kKiB, 16 * kMiB);
    t.number(
        "compactor.zstd_level", "compactor.zstd-level",
        "zstd's level for merged segments: higher is smaller and slower.",
        [](Config & c) -> auto& { return c.compactor.zstd_level; }, 1, 19);
    t.bytes(
        "retention.max_size", "retention.max-size",
        "Stored bytes beyond which the oldest segments are dropped; 0: any.",
        [](Config & c) -> auto& { return c.retention.max_size; });
    t.real(
        "retention.min_free_percent", "retention.min-free-percent",
        "Free space of the disk, in percent, below which the oldest segments are dropped; 0: off.",
        [](Config & c) -> auto& { return c.retention.min_free_percent; });
}

void add_memory_keys(KeyTable& t) {
    t.bytes(
        "memory.limit", "memory.limit",
        "Memory of the whole process, at least 128MB; divided into the shares below, of which any "
        "may be set. 0: 512MB, or four fifths of what the machine or the control group has if "
        "that is less.",
        [](Config & c) -> auto& { return c.memory.limit; }, 0, 1024 * kGiB);
    t.bytes(
        "memory.ingest", "memory.ingest",
        "Budget of lines that are not in segments yet. Past it pushes wait, then get 503.",
        [](Config & c) -> auto& { return c.memory.ingest; }, 16 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.cache", "memory.cache", "Budget of columns and tables that queries keep.",
        [](Config & c) -> auto& { return c.memory.cache; }, kMiB, 1024 * kGiB);
    t.bytes(
        "memory.requests", "memory.requests",
        "Budget of request bodies that are being read, and of what they become. Past it requests "
        "wait, then get 503.",
        [](Config & c) -> auto& { return c.memory.requests; }, 8 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.catalog", "memory.catalog", "Budget of the catalog's caches and buffers.",
        [](Config & c) -> auto& { return c.memory.catalog; }, 4 * kMiB, 64 * kGiB);
    t.bytes(
        "memory.queries", "memory.queries",
        "Budget of what running queries gather: lists of streams and blocks, lines of answers, "
        "series, samples. Past it queries get 503, one that is too large alone 429.",
        [](Config & c) -> auto& { return c.memory.queries; }, 8 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.tails", "memory.tails",
        "Budget of lines that wait to be sent to live tails. Past it a tail misses lines and is "
        "told which.",
        [](Config & c) -> auto& { return c.memory.tails; }, 2 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.results", "memory.results",
        "Budget of results of queries that are kept for the next time; 0: none.",
        [](Config & c) -> auto& { return c.memory.results; }, 0, 1024 * kGiB);
    t.number(
        "workers.threads", "workers.threads", "Threads for work on CPU and disk; 0: one a core.",
        [](Config & c) -> auto& { return c.workers.threads; }, 0, 1024);
    t.number(
        "workers.io_threads", "workers.io-threads",
        "Threads for the network; 0: one a core, at most 4.",
        [](Config & c) -> auto& { return c.workers.io_threads; }, 0, 256);
}

void add_runtime_keys(KeyTable& t) {
    t.text(
        "runtime_config.file", "runtime-config.file",
        "Files with limits of single tenants, separated by commas; read again when they change.",
        [](Config & c) -> auto& { return c.runtime_config.file; });
    t.duration(
        "runtime_config.period", "runtime-config.reload-period",
        "How often is looked whether they have changed.",
        [](Config & c) -> auto& { return c.runtime_config.period; }, kNanosPerMilli);
}

}  // namespace skald
