// SPDX-License-Identifier: Apache-2.0
#include "ignored_keys.h"

namespace skald {

namespace {

struct Reason {
    std::string_view begin;  ///< Of paths.
    std::string_view why;
};

constexpr std::string_view kOneProcess = "one process does all the work";
constexpr std::string_view kNoShards =
    "queries are divided by blocks among the threads, not sharded";
constexpr std::string_view kNoChunks = "there are no chunks: lines are in segments";
constexpr std::string_view kNoBlooms =
    "blocks have search filters of their own, which are always used";
constexpr std::string_view kOneReceiver = "one request to a receiver follows the other";
constexpr std::string_view kFromCatalog = "answered from the catalog at once, without parts";
constexpr std::string_view kPatternFile =
    "patterns are kept in a file of their own, restarts included";

/// The longest beginning that fits decides.
constexpr Reason kReasons[] = {
    {"analytics.", "nothing is reported to anybody"},
    {"ballast_bytes", "there is no garbage collector"},
    {"bloom_", kNoBlooms},
    {"chunk_store_config.", kNoChunks},
    {"common.ring.", kOneProcess},
    {"compactor.compactor_ring.", kOneProcess},
    {"distributor.dataobj_tee.", "lines go to the log and the segments only"},
    {"distributor.rate_store.", "streams are not sharded"},
    {"distributor.ring.", kOneProcess},
    {"frontend_worker.", kOneProcess},
    {"index_gateway.", kOneProcess},
    {"ingester.kafka_ingestion.", "there is no Kafka between senders and the log"},
    {"ingester.lifecycler.", kOneProcess},
    {"ingester_client.", kOneProcess},
    {"limits_config.allow_deletes", "deletion_mode says it"},
    {"limits_config.bloom_", kNoBlooms},
    {"limits_config.cardinality_limit", "memory.queries bounds what the streams of a query take"},
    {"limits_config.debug_engine_", "there is no such engine"},
    {"limits_config.enable_multi_variant_queries", "queries of variants are not served"},
    {"limits_config.enforce_metric_name", "streams are not metrics"},
    {"limits_config.engine_results_cache_time_bucket_interval", "there is no such engine"},
    {"limits_config.index_gateway_", kOneProcess},
    {"limits_config.ingestion_partitions_tenant_shard_size",
     "there is no Kafka between senders and the log"},
    {"limits_config.max_chunks_per_query",
     "there are no chunks; max_query_bytes_read and memory.queries bound what a query reads"},
    {"limits_config.max_metadata_cache_freshness", "answers about labels are not kept"},
    {"limits_config.max_queriers_per_tenant", kOneProcess},
    {"limits_config.max_query_capacity", kOneProcess},
    {"limits_config.max_scan_task_parallelism", "max_query_parallelism says it"},
    {"limits_config.max_stats_cache_freshness", "answers about sizes are not kept"},
    {"limits_config.metric_aggregation_enabled",
     "volumes come from the catalog, which knows them without aggregated streams"},
    {"limits_config.min_sharding_lookback", kNoShards},
    {"limits_config.pattern_persistence_", kPatternFile},
    {"limits_config.pattern_rate_threshold", kPatternFile},
    {"limits_config.query_ready_index_num_days", "the catalog is always at hand"},
    {"limits_config.recent_metadata_query_window", kFromCatalog},
    {"limits_config.ruler_enable_wal_replay", "recorded series wait in memory"},
    {"limits_config.ruler_remote_evaluation_", kOneProcess},
    {"limits_config.ruler_remote_write_queue_", kOneReceiver},
    {"limits_config.ruler_remote_write_sigv4_config.",
     "not served: requests are signed by a user, a token or headers"},
    {"limits_config.ruler_tenant_shard_size", kOneProcess},
    {"limits_config.s3_sse_",
     "objects hold lines of several tenants; the store's own sse encrypts them"},
    {"limits_config.shard_aggregations", "approx_topk is always allowed"},
    {"limits_config.shard_streams.",
     "streams are not sharded: one takes what per_stream_rate_limit lets"},
    {"limits_config.simulated_push_latency", "for tests of Loki"},
    {"limits_config.split_ingester_queries_by_interval",
     "queries are divided by blocks, in memory and on disk"},
    {"limits_config.split_instant_metric_queries_by_interval",
     "an instant query is divided by blocks among the threads"},
    {"limits_config.split_metadata_queries_by_interval", kFromCatalog},
    {"limits_config.split_recent_metadata_queries_by_interval", kFromCatalog},
    {"limits_config.tsdb_", kNoShards},
    {"limits_config.use_owned_stream_count", kOneProcess},
    {"memberlist.", kOneProcess},
    {"pattern_ingester.lifecycler.", kOneProcess},
    {"pattern_ingester.client_config.", kOneProcess},
    {"pattern_ingester.tee_config.", kOneProcess},
    {"pattern_ingester.metric_aggregation.",
     "volumes come from the catalog, which knows them without aggregated streams"},
    {"pattern_ingester.pattern_persistence.", kPatternFile},
    {"query_scheduler.", kOneProcess},
    {"ruler.ring.", kOneProcess},
    {"ruler.ruler_client.", kOneProcess},
    {"ruler.wal.", "recorded series wait in memory"},
    {"ruler.wal_cleaner.", "recorded series wait in memory"},
    {"storage_config.bloom_shipper.", kNoBlooms},
    {"storage_config.boltdb_shipper.", "the catalog is the index"},
    {"storage_config.cassandra.", "the catalog is the index"},
    {"storage_config.tsdb_shipper.", "the catalog is the index"},
    {"table_manager.",
     "there are no tables; limits_config.retention_period says how long lines are kept"},
    {"ui.", "Grafana shows it"},
};

}  // namespace

std::string_view why_ignored(std::string_view path) noexcept {
    const Reason* found = nullptr;
    for (const Reason& each : kReasons)
        if (path.starts_with(each.begin) &&
            (found == nullptr || found->begin.size() < each.begin.size()))
            found = &each;
    return found == nullptr ? std::string_view() : found->why;
}

}  // namespace skald
