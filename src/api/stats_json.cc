// SPDX-License-Identifier: Apache-2.0
#include "stats_json.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace skald::api {

namespace {

/// Writes the members of nested objects; keys and values are known to need no escapes.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }

    void integer(std::string_view key, std::uint64_t value) { raw(key, std::to_string(value)); }
    void number(std::string_view key, double value) { raw(key, format_float(value)); }
    void flag(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
    void raw(std::string_view key, std::string_view value) {
        name(key);
        out_ += value;
    }
    ObjectWriter object(std::string_view key) {
        name(key);
        return ObjectWriter(out_);
    }
    void end() { out_.push_back('}'); }

private:
    void name(std::string_view key) {
        if (!first_) out_.push_back(',');
        first_ = false;
        out_.push_back('"');
        out_ += key;
        out_ += "\":";
    }

    std::string& out_;
    bool first_ = true;
};

std::uint64_t per_second(std::uint64_t amount, double seconds) noexcept {
    if (seconds <= 0) return 0;
    const double rate = static_cast<double>(amount) / seconds;
    return rate < 9e18 ? static_cast<std::uint64_t>(rate) : 0;
}

/// What one side, memory or segments, contributed.
struct StoreShare {
    std::uint64_t chunks_matched = 0;
    std::uint64_t chunks_read = 0;
    std::uint64_t head_bytes = 0;
    std::uint64_t head_lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t post_filter_lines = 0;
    std::uint64_t metadata_bytes = 0;
};

void append_dataobj(ObjectWriter writer) {
    constexpr std::string_view kKeys[] = {"prePredicateDecompressedRows",
                                          "prePredicateDecompressedBytes",
                                          "prePredicateDecompressedStructuredMetadataBytes",
                                          "postPredicateRows",
                                          "postPredicateDecompressedBytes",
                                          "postPredicateStructuredMetadataBytes",
                                          "postFilterRows",
                                          "pagesScanned",
                                          "pagesDownloaded",
                                          "pagesDownloadedBytes",
                                          "pageBatches",
                                          "totalRowsAvailable",
                                          "totalPageDownloadTime"};
    for (const std::string_view key : kKeys) writer.integer(key, 0);
    writer.end();
}

void append_store(ObjectWriter writer, const StoreShare& share) {
    writer.integer("totalChunksRef", share.chunks_matched);
    writer.integer("totalChunksDownloaded", share.chunks_read);
    writer.integer("chunksDownloadTime", 0);
    writer.flag("queryReferencedStructuredMetadata", share.metadata_bytes > 0);
    writer.flag("queryUsedV2Engine", false);
    ObjectWriter chunk = writer.object("chunk");
    chunk.integer("headChunkBytes", share.head_bytes);
    chunk.integer("headChunkLines", share.head_lines);
    chunk.integer("decompressedBytes", share.bytes);
    chunk.integer("decompressedLines", share.lines);
    chunk.integer("compressedBytes", share.stored_bytes);
    chunk.integer("totalDuplicates", share.duplicates);
    chunk.integer("postFilterLines", share.post_filter_lines);
    chunk.integer("headChunkStructuredMetadataBytes", 0);
    chunk.integer("decompressedStructuredMetadataBytes", share.metadata_bytes);
    chunk.end();
    writer.integer("chunkRefsFetchTime", 0);
    writer.integer("congestionControlLatency", 0);
    writer.integer("pipelineWrapperFilteredLines", 0);
    append_dataobj(writer.object("dataobj"));
    writer.end();
}

void append_summary(ObjectWriter writer, const read::QueryStats& stats) {
    writer.integer("bytesProcessedPerSecond",
                   per_second(stats.bytes_processed, stats.exec_seconds));
    writer.integer("linesProcessedPerSecond",
                   per_second(stats.lines_processed, stats.exec_seconds));
    writer.integer("totalBytesProcessed", stats.bytes_processed);
    writer.integer("totalLinesProcessed", stats.lines_processed);
    writer.number("execTime", stats.exec_seconds);
    writer.number("queueTime", stats.queue_seconds);
    writer.integer("subqueries", 0);
    writer.integer("totalEntriesReturned", stats.entries_returned);
    writer.integer("splits", stats.parts);
    writer.integer("shards", 0);
    writer.integer("totalPostFilterLines", stats.post_filter_lines);
    writer.integer("totalStructuredMetadataBytesProcessed", stats.metadata_bytes_processed);
    writer.end();
}

/// What a key of the results cache's section counts.
std::uint64_t results_cache(const read::QueryStats& stats, std::string_view key) {
    if (key == "entriesFound") return stats.cache_hits;
    if (key == "entriesRequested") return stats.cache_requests;
    if (key == "entriesStored") return stats.cache_stored;
    if (key == "bytesReceived") return stats.cache_bytes;
    if (key == "requests") return stats.cache_requests > 0 ? 1 : 0;
    return 0;
}

void append_caches(ObjectWriter writer, const read::QueryStats& stats) {
    constexpr std::string_view kCaches[] = {
        "chunk",        "index",        "result",      "statsResult",
        "volumeResult", "seriesResult", "labelResult", "instantMetricResult"};
    constexpr std::string_view kKeys[] = {"entriesFound",  "entriesRequested", "entriesStored",
                                          "bytesReceived", "bytesSent",        "requests",
                                          "downloadTime",  "queryLengthServed"};
    for (const std::string_view name : kCaches) {
        ObjectWriter cache = writer.object(name);
        const bool is_result = name == "result";
        for (const std::string_view key : kKeys) {
            cache.integer(key, is_result ? results_cache(stats, key) : 0);
        }
        cache.end();
    }
    writer.end();
}

void append_index(ObjectWriter writer, const read::QueryStats& stats) {
    writer.integer("totalChunks", stats.runs_matched);
    writer.integer("postFilterChunks", stats.runs_matched);
    writer.integer("shardsDuration", 0);
    writer.flag("usedBloomFilters", false);
    writer.integer("totalStreams", stats.streams_matched);
    writer.integer("chunkRefsLookupTime", 0);
    writer.integer("bloomFilterTime", 0);
    writer.end();
}

std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string stage_json(const read::PlanStage& stage) {
    std::string out;
    ObjectWriter writer(out);
    writer.raw("stage", json_text(stage.text));
    writer.raw("unit", json_text(stage.unit));
    writer.integer("rows", stage.rows);
    writer.integer("passed", stage.passed);
    writer.integer("bytes", stage.bytes);
    writer.number("seconds", stage.seconds);
    writer.end();
    return out;
}

void append_plan(ObjectWriter& stats, const std::vector<read::PlanPart>& plan) {
    std::string parts = "[";
    for (const read::PlanPart& part : plan) {
        if (parts.size() > 1) parts.push_back(',');
        std::string stages = "[";
        for (const read::PlanStage& stage : part.stages) {
            if (stages.size() > 1) stages.push_back(',');
            stages += stage_json(stage);
        }
        ObjectWriter writer(parts);
        writer.raw("query", json_text(part.text));
        writer.raw("stages", stages + "]");
        writer.end();
    }
    stats.raw("explain", parts + "]");
}

}  // namespace

void append_stats(std::string& out, const read::QueryStats& stats,
                  const std::vector<read::PlanPart>& plan) {
    const StoreShare memory{.head_bytes = stats.memory_bytes, .head_lines = stats.memory_lines};
    const StoreShare segments{
        .chunks_matched = stats.runs_matched,
        .chunks_read = stats.blocks_read,
        .bytes = stats.bytes_processed - std::min(stats.memory_bytes, stats.bytes_processed),
        .lines = stats.lines_processed - std::min(stats.memory_lines, stats.lines_processed),
        .stored_bytes = stats.stored_bytes_read,
        .duplicates = stats.duplicates,
        .post_filter_lines = stats.post_filter_lines,
        .metadata_bytes = stats.metadata_bytes_processed};

    ObjectWriter writer(out);
    append_summary(writer.object("summary"), stats);
    ObjectWriter querier = writer.object("querier");
    append_store(querier.object("store"), segments);
    querier.number("querierExecTime", stats.exec_seconds);
    querier.end();
    ObjectWriter ingester = writer.object("ingester");
    ingester.integer("totalReached", stats.memory_lines > 0 ? 1 : 0);
    ingester.integer("totalChunksMatched", 0);
    ingester.integer("totalBatches", 0);
    ingester.integer("totalLinesSent", stats.memory_lines);
    append_store(ingester.object("store"), memory);
    ingester.end();
    append_caches(writer.object("cache"), stats);
    append_index(writer.object("index"), stats);
    if (!plan.empty()) append_plan(writer, plan);
    writer.end();
}

}  // namespace skald::api
