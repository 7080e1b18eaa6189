// SPDX-License-Identifier: Apache-2.0
#include "foreign_keys.h"

#include <algorithm>
#include <vector>

namespace skald {

namespace {

/// Each key: its path, its flag if it has one, and `b` if that flag needs no value.
/// In byte order. "a.b.*" stands for everything below a.b.
constexpr std::string_view kKeys = R"(analytics.proxy_url -reporting.proxy-url
analytics.reporting_enabled -reporting.enabled b
analytics.tls_config.*
analytics.usage_stats_url -reporting.usage-stats-url
auth_enabled -auth.enabled b
ballast_bytes -config.ballast-bytes
bloom_build.builder.backoff_config.max_period -bloom-build.builder.backoff.backoff-max-period
bloom_build.builder.backoff_config.max_retries -bloom-build.builder.backoff.backoff-retries
bloom_build.builder.backoff_config.min_period -bloom-build.builder.backoff.backoff-min-period
bloom_build.builder.grpc_config.*
bloom_build.builder.planner_address -bloom-build.builder.planner-address
bloom_build.enabled -bloom-build.enabled b
bloom_build.planner.max_table_offset -bloom-build.planner.max-table-offset
bloom_build.planner.min_table_offset -bloom-build.planner.min-table-offset
bloom_build.planner.planning_interval -bloom-build.planner.interval
bloom_build.planner.queue.clean_tasks_directory -bloom-build.planner.queue.clean-tasks-directory b
bloom_build.planner.queue.max_queued_tasks_per_tenant -bloom-build.planner.queue.max-tasks-per-tenant
bloom_build.planner.queue.store_tasks_on_disk -bloom-build.planner.queue.store-tasks-on-disk b
bloom_build.planner.queue.tasks_disk_directory -bloom-build.planner.queue.tasks-disk-directory
bloom_build.planner.retention.enabled -bloom-build.planner.retention.enabled b
bloom_gateway.block_query_concurrency -bloom-gateway.block-query-concurrency
bloom_gateway.client.addresses -bloom-gateway-client.addresses
bloom_gateway.client.grpc_client_config.*
bloom_gateway.client.pool_config.check_interval -bloom-gateway-client.pool.check-interval
bloom_gateway.enabled -bloom-gateway.enabled b
bloom_gateway.max_outstanding_per_tenant -bloom-gateway.max-outstanding-per-tenant
bloom_gateway.num_multiplex_tasks -bloom-gateway.num-multiplex-tasks
bloom_gateway.worker_concurrency -bloom-gateway.worker-concurrency
chunk_store_config.cache_lookups_older_than -store.cache-lookups-older-than
chunk_store_config.chunk_cache_config.*
chunk_store_config.chunk_cache_config_l2.*
chunk_store_config.l2_chunk_cache_handoff -store.chunks-cache-l2.handoff
chunk_store_config.max_look_back_period
chunk_store_config.skip_query_writeback_cache_older_than -store.skip-query-writeback-older-than
chunk_store_config.write_dedupe_cache_config.*
common.compactor_address -common.compactor-address
common.compactor_grpc_address -common.compactor-grpc-address
common.instance_addr
common.instance_interface_names
common.path_prefix -common.path-prefix
common.persist_tokens
common.replication_factor
common.ring.heartbeat_period -common.storage.ring.heartbeat-period
common.ring.heartbeat_timeout -common.storage.ring.heartbeat-timeout
common.ring.instance_addr -common.storage.ring.instance-addr
common.ring.instance_availability_zone -common.storage.ring.instance-availability-zone
common.ring.instance_enable_ipv6 -common.storage.ring.instance-enable-ipv6 b
common.ring.instance_id -common.storage.ring.instance-id
common.ring.instance_interface_names -common.storage.ring.instance-interface-names
common.ring.instance_port -common.storage.ring.instance-port
common.ring.kvstore.consul.*
common.ring.kvstore.etcd.*
common.ring.kvstore.multi.mirror_enabled -common.storage.ring.multi.mirror-enabled b
common.ring.kvstore.multi.mirror_timeout -common.storage.ring.multi.mirror-timeout
common.ring.kvstore.multi.primary -common.storage.ring.multi.primary
common.ring.kvstore.multi.secondary -common.storage.ring.multi.secondary
common.ring.kvstore.prefix -common.storage.ring.prefix
common.ring.kvstore.store -common.storage.ring.store
common.ring.num_tokens -common.storage.ring.num-tokens
common.ring.replication_factor -common.storage.ring.replication-factor
common.ring.tokens_file_path -common.storage.ring.tokens-file-path
common.ring.zone_awareness_enabled -common.storage.ring.zone-awareness-enabled b
common.scratch_path -common.scratch-path
common.storage.alibabacloud.*
common.storage.azure.*
common.storage.bos.*
common.storage.congestion_control.controller.aimd.backoff_factor -common.storage.congestion-control.strategy.aimd.backoff-factor
common.storage.congestion_control.controller.aimd.start -common.storage.congestion-control.strategy.aimd.start
common.storage.congestion_control.controller.aimd.upper_bound -common.storage.congestion-control.strategy.aimd.upper-bound
common.storage.congestion_control.controller.strategy -common.storage.congestion-control.strategy
common.storage.congestion_control.enabled -common.storage.congestion-control.enabled b
common.storage.congestion_control.hedging.config.at
common.storage.congestion_control.hedging.config.max_per_second
common.storage.congestion_control.hedging.config.up_to
common.storage.congestion_control.hedging.strategy -common.storage.congestion-control.hedge.strategy
common.storage.congestion_control.retry.limit -common.storage.congestion-control.retry.strategy.limited.limit
common.storage.congestion_control.retry.strategy -common.storage.congestion-control.retry.strategy
common.storage.cos.*
common.storage.filesystem.chunks_directory -common.storage.filesystem.chunk-directory
common.storage.filesystem.rules_directory -common.storage.filesystem.rules-directory
common.storage.gcs.*
common.storage.hedging.at -common.storage.hedge-requests-at
common.storage.hedging.max_per_second -common.storage.hedge-max-per-second
common.storage.hedging.up_to -common.storage.hedge-requests-up-to
common.storage.object_store.*
common.storage.s3.*
common.storage.swift.*
compactor.apply_retention_interval -compactor.apply-retention-interval
compactor.backup_delete_request_store_db_type -compactor.delete-request-store.backup-db-type
compactor.compaction_interval -compactor.compaction-interval
compactor.compactor_ring.heartbeat_period -compactor.ring.heartbeat-period
compactor.compactor_ring.heartbeat_timeout -compactor.ring.heartbeat-timeout
compactor.compactor_ring.instance_addr -compactor.ring.instance-addr
compactor.compactor_ring.instance_availability_zone -compactor.ring.instance-availability-zone
compactor.compactor_ring.instance_enable_ipv6 -compactor.ring.instance-enable-ipv6 b
compactor.compactor_ring.instance_id -compactor.ring.instance-id
compactor.compactor_ring.instance_interface_names -compactor.ring.instance-interface-names
compactor.compactor_ring.instance_port -compactor.ring.instance-port
compactor.compactor_ring.kvstore.consul.*
compactor.compactor_ring.kvstore.etcd.*
compactor.compactor_ring.kvstore.multi.mirror_enabled -compactor.ring.multi.mirror-enabled b
compactor.compactor_ring.kvstore.multi.mirror_timeout -compactor.ring.multi.mirror-timeout
compactor.compactor_ring.kvstore.multi.primary -compactor.ring.multi.primary
compactor.compactor_ring.kvstore.multi.secondary -compactor.ring.multi.secondary
compactor.compactor_ring.kvstore.prefix -compactor.ring.prefix
compactor.compactor_ring.kvstore.store -compactor.ring.store
compactor.compactor_ring.tokens_file_path -compactor.ring.tokens-file-path
compactor.compactor_ring.zone_awareness_enabled -compactor.ring.zone-awareness-enabled b
compactor.delete_batch_size -compactor.delete-batch-size
compactor.delete_max_interval -compactor.delete-max-interval
compactor.delete_request_cancel_period -compactor.delete-request-cancel-period
compactor.delete_request_store -compactor.delete-request-store
compactor.delete_request_store_db_type -compactor.delete-request-store.db-type
compactor.delete_request_store_key_prefix -compactor.delete-request-store.key-prefix
compactor.deletion_marker_object_store_prefix -compactor.deletion-marker-object-store-prefix
compactor.horizontal_scaling_mode -compactor.horizontal-scaling-mode
compactor.jobs_config.deletion.chunk_processing_concurrency -compactor.jobs.deletion.chunk-processing-concurrency
compactor.jobs_config.deletion.deletion_manifest_store_prefix -compactor.jobs.deletion.deletion-manifest-store-prefix
compactor.jobs_config.deletion.max_retries -compactor.jobs.deletion.max-retries
compactor.jobs_config.deletion.timeout -compactor.jobs.deletion.timeout
compactor.max_compaction_parallelism -compactor.max-compaction-parallelism
compactor.retention_backoff_config.max_period -compactor.retention-backoff-config.backoff-max-period
compactor.retention_backoff_config.max_retries -compactor.retention-backoff-config.backoff-retries
compactor.retention_backoff_config.min_period -compactor.retention-backoff-config.backoff-min-period
compactor.retention_delete_delay -compactor.retention-delete-delay
compactor.retention_delete_worker_count -compactor.retention-delete-worker-count
compactor.retention_enabled -compactor.retention-enabled b
compactor.retention_table_timeout -compactor.retention-table-timeout
compactor.shared_store
compactor.shared_store_key_prefix
compactor.skip_latest_n_tables -compactor.skip-latest-n-tables
compactor.tables_to_compact -compactor.tables-to-compact
compactor.upload_parallelism -compactor.upload-parallelism
compactor.worker_config.num_sub_workers -compactor.worker.num-sub-workers
compactor.working_directory -compactor.working-directory
distributor.dataobj_tee.debug_metrics_enabled -distributor.dataobj-tee.debug-metrics-enabled b
distributor.dataobj_tee.enabled -distributor.dataobj-tee.enabled b
distributor.dataobj_tee.max_buffered_bytes -distributor.dataobj-tee.max-buffered-bytes
distributor.dataobj_tee.per_partition_rate_bytes -distributor.dataobj-tee.per-partition-rate-bytes
distributor.dataobj_tee.rate_batch_window -distributor.dataobj-tee.rate-batch-window
distributor.dataobj_tee.topic -distributor.dataobj-tee.topic
distributor.default_policy_stream_mappings.*
distributor.ingest_limits_dry_run_enabled -distributor.ingest-limits-dry-run-enabled b
distributor.ingest_limits_enabled -distributor.ingest-limits-enabled b
distributor.ingester_writes_enabled -distributor.ingester-writes-enabled b
distributor.kafka_writes_enabled -distributor.kafka-writes-enabled b
distributor.max_decompressed_size -distributor.max-decompressed-size
distributor.max_recv_msg_size -distributor.max-recv-msg-size
distributor.otlp_config.default_resource_attributes_as_index_labels -distributor.otlp.default_resource_attributes_as_index_labels
distributor.push_worker_count -distributor.push-worker-count
distributor.rate_store.debug -distributor.rate-store.debug b
distributor.rate_store.ingester_request_timeout -distributor.rate-store.ingester-request-timeout
distributor.rate_store.max_request_parallelism -distributor.rate-store.max-request-parallelism
distributor.rate_store.stream_rate_update_interval -distributor.rate-store.stream-rate-update-interval
distributor.ring.heartbeat_period -distributor.ring.heartbeat-period
distributor.ring.heartbeat_timeout -distributor.ring.heartbeat-timeout
distributor.ring.instance_interface_names -distributor.ring.instance-interface-names
distributor.ring.kvstore.consul.*
distributor.ring.kvstore.etcd.*
distributor.ring.kvstore.multi.mirror_enabled -distributor.ring.multi.mirror-enabled b
distributor.ring.kvstore.multi.mirror_timeout -distributor.ring.multi.mirror-timeout
distributor.ring.kvstore.multi.primary -distributor.ring.multi.primary
distributor.ring.kvstore.multi.secondary -distributor.ring.multi.secondary
distributor.ring.kvstore.prefix -distributor.ring.prefix
distributor.ring.kvstore.store -distributor.ring.store
distributor.write_failures_logging.add_insights_label -distributor.write-failures-logging.add-insights-label b
distributor.write_failures_logging.rate -distributor.write-failures-logging.rate
frontend.compress_responses -querier.compress-http-responses b
frontend.downstream_url -frontend.downstream-url
frontend.encoding -frontend.encoding
frontend.graceful_shutdown_timeout -frontend.graceful-shutdown-timeout
frontend.grpc_client_config.*
frontend.instance_enable_ipv6 -frontend.instance-enable-ipv6 b
frontend.instance_interface_names -frontend.instance-interface-names
frontend.log_queries_longer_than -frontend.log-queries-longer-than
frontend.log_query_request_headers -frontend.log-query-request-headers
frontend.max_body_size -frontend.max-body-size
frontend.max_outstanding_per_tenant -querier.max-outstanding-requests-per-tenant
frontend.querier_forget_delay -query-frontend.querier-forget-delay
frontend.query_stats_enabled -frontend.query-stats-enabled b
frontend.scheduler_address -frontend.scheduler-address
frontend.scheduler_dns_lookup_period -frontend.scheduler-dns-lookup-period
frontend.scheduler_worker_concurrency -frontend.scheduler-worker-concurrency
frontend.support_parquet_encoding
frontend.tail_proxy_url -frontend.tail-proxy-url
frontend.tail_tls_config.*
frontend_worker.dns_lookup_duration -querier.dns-lookup-period
frontend_worker.frontend_address -querier.frontend-address
frontend_worker.grpc_client_config.*
frontend_worker.id -querier.id
frontend_worker.query_frontend_grpc_client.*
frontend_worker.query_scheduler_grpc_client.*
frontend_worker.scheduler_address -querier.scheduler-address
index_gateway.mode -index-gateway.mode
index_gateway.ring.heartbeat_period -index-gateway.ring.heartbeat-period
index_gateway.ring.heartbeat_timeout -index-gateway.ring.heartbeat-timeout
index_gateway.ring.instance_addr -index-gateway.ring.instance-addr
index_gateway.ring.instance_availability_zone -index-gateway.ring.instance-availability-zone
index_gateway.ring.instance_enable_ipv6 -index-gateway.ring.instance-enable-ipv6 b
index_gateway.ring.instance_id -index-gateway.ring.instance-id
index_gateway.ring.instance_interface_names -index-gateway.ring.instance-interface-names
index_gateway.ring.instance_port -index-gateway.ring.instance-port
index_gateway.ring.kvstore.consul.*
index_gateway.ring.kvstore.etcd.*
index_gateway.ring.kvstore.multi.mirror_enabled -index-gateway.ring.multi.mirror-enabled b
index_gateway.ring.kvstore.multi.mirror_timeout -index-gateway.ring.multi.mirror-timeout
index_gateway.ring.kvstore.multi.primary -index-gateway.ring.multi.primary
index_gateway.ring.kvstore.multi.secondary -index-gateway.ring.multi.secondary
index_gateway.ring.kvstore.prefix -index-gateway.ring.prefix
index_gateway.ring.kvstore.store -index-gateway.ring.store
index_gateway.ring.replication_factor -replication-factor
index_gateway.ring.tokens_file_path -index-gateway.ring.tokens-file-path
index_gateway.ring.zone_awareness_enabled -index-gateway.ring.zone-awareness-enabled b
ingester.autoforget_unhealthy -ingester.autoforget-unhealthy b
ingester.chunk_block_size -ingester.chunks-block-size
ingester.chunk_encoding -ingester.chunk-encoding
ingester.chunk_idle_period -ingester.chunks-idle-period
ingester.chunk_retain_period -ingester.chunks-retain-period
ingester.chunk_target_size -ingester.chunk-target-size
ingester.concurrent_flushes -ingester.concurrent-flushes
ingester.delegate_stream_limits_enabled -ingester.delegate-stream-limits-enabled b
ingester.flush_check_period -ingester.flush-check-period
ingester.flush_op_backoff.max_period -ingester.flush-op-backoff-max-period
ingester.flush_op_backoff.max_retries -ingester.flush-op-backoff-retries
ingester.flush_op_backoff.min_period -ingester.flush-op-backoff-min-period
ingester.flush_op_timeout -ingester.flush-op-timeout
ingester.index_shards -ingester.index-shards
ingester.kafka_ingestion.enabled -ingester.kafka-ingestion-enabled b
ingester.kafka_ingestion.partition_ring.delete_inactive_partition_after -ingester.partition-ring.delete-inactive-partition-after
ingester.kafka_ingestion.partition_ring.kvstore.consul.*
ingester.kafka_ingestion.partition_ring.kvstore.etcd.*
ingester.kafka_ingestion.partition_ring.kvstore.multi.mirror_enabled -ingester.partition-ring.multi.mirror-enabled b
ingester.kafka_ingestion.partition_ring.kvstore.multi.mirror_timeout -ingester.partition-ring.multi.mirror-timeout
ingester.kafka_ingestion.partition_ring.kvstore.multi.primary -ingester.partition-ring.multi.primary
ingester.kafka_ingestion.partition_ring.kvstore.multi.secondary -ingester.partition-ring.multi.secondary
ingester.kafka_ingestion.partition_ring.kvstore.prefix -ingester.partition-ring.prefix
ingester.kafka_ingestion.partition_ring.kvstore.store -ingester.partition-ring.store
ingester.kafka_ingestion.partition_ring.min_partition_owners_count -ingester.partition-ring.min-partition-owners-count
ingester.kafka_ingestion.partition_ring.min_partition_owners_duration -ingester.partition-ring.min-partition-owners-duration
ingester.kafka_ingestion.partition_ring.shuffle_shard_cache_size -ingester.partition-ring.shuffle-shard-cache-size
ingester.lifecycler.*
ingester.lifecycler.address -ingester.lifecycler.addr
ingester.lifecycler.availability_zone -ingester.availability-zone
ingester.lifecycler.enable_inet6 -ingester.enable-inet6 b
ingester.lifecycler.final_sleep -ingester.final-sleep
ingester.lifecycler.heartbeat_period -ingester.heartbeat-period
ingester.lifecycler.heartbeat_timeout -ingester.heartbeat-timeout
ingester.lifecycler.id -ingester.lifecycler.ID
ingester.lifecycler.interface_names -ingester.lifecycler.interface
ingester.lifecycler.join_after -ingester.join-after
ingester.lifecycler.min_ready_duration -ingester.min-ready-duration
ingester.lifecycler.num_tokens -ingester.num-tokens
ingester.lifecycler.observe_period -ingester.observe-period
ingester.lifecycler.port -ingester.lifecycler.port
ingester.lifecycler.readiness_check_ring_health -ingester.readiness-check-ring-health b
ingester.lifecycler.ring.excluded_zones -distributor.excluded-zones
ingester.lifecycler.ring.heartbeat_timeout -ring.heartbeat-timeout
ingester.lifecycler.ring.kvstore.consul.*
ingester.lifecycler.ring.kvstore.etcd.*
ingester.lifecycler.ring.kvstore.multi.mirror_enabled -multi.mirror-enabled b
ingester.lifecycler.ring.kvstore.multi.mirror_timeout -multi.mirror-timeout
ingester.lifecycler.ring.kvstore.multi.primary -multi.primary
ingester.lifecycler.ring.kvstore.multi.secondary -multi.secondary
ingester.lifecycler.ring.kvstore.prefix -ring.prefix
ingester.lifecycler.ring.kvstore.store -ring.store
ingester.lifecycler.ring.replication_factor -distributor.replication-factor
ingester.lifecycler.ring.zone_awareness_enabled -distributor.zone-awareness-enabled b
ingester.lifecycler.tokens_file_path -ingester.tokens-file-path
ingester.lifecycler.unregister_on_shutdown -ingester.unregister-on-shutdown b
ingester.max_chunk_age -ingester.max-chunk-age
ingester.max_dropped_streams -ingester.tailer.max-dropped-streams
ingester.max_returned_stream_errors -ingester.max-ignored-stream-errors
ingester.max_transfer_retries
ingester.owned_streams_check_interval -ingester.owned-streams-check-interval
ingester.query_store_max_look_back_period -ingester.query-store-max-look-back-period
ingester.shutdown_marker_path -ingester.shutdown-marker-path
ingester.sync_min_utilization -ingester.sync-min-utilization
ingester.sync_period -ingester.sync-period
ingester.wal.checkpoint_duration -ingester.checkpoint-duration
ingester.wal.dir -ingester.wal-dir
ingester.wal.disk_full_threshold -ingester.wal-disk-full-threshold
ingester.wal.enabled -ingester.wal-enabled b
ingester.wal.flush_on_shutdown -ingester.flush-on-shutdown b
ingester.wal.replay_memory_ceiling -ingester.wal-replay-memory-ceiling
ingester_client.grpc_client_config.*
ingester_client.pool_config.client_cleanup_period -distributor.client-cleanup-period
ingester_client.pool_config.health_check_ingesters -distributor.health-check-ingesters b
ingester_client.pool_config.remote_timeout -ingester.client.healthcheck-timeout
ingester_client.remote_timeout -ingester.client.timeout
limits_config.allow_deletes
limits_config.allow_structured_metadata -validation.allow-structured-metadata b
limits_config.block_ingestion_policy_until.*
limits_config.block_ingestion_status_code -limits.block-ingestion-status-code
limits_config.block_ingestion_until -limits.block-ingestion-until
limits_config.blocked_queries
limits_config.blocked_queries.*
limits_config.bloom_block_encoding -bloom-build.block-encoding
limits_config.bloom_build_builder_response_timeout -bloom-build.builder-response-timeout
limits_config.bloom_build_max_builders -bloom-build.max-builders
limits_config.bloom_build_task_max_retries -bloom-build.task-max-retries
limits_config.bloom_creation_enabled -bloom-build.enable b
limits_config.bloom_gateway_enable_filtering -bloom-gateway.enable-filtering b
limits_config.bloom_max_block_size -bloom-build.max-block-size
limits_config.bloom_max_bloom_size -bloom-build.max-bloom-size
limits_config.bloom_planning_strategy -bloom-build.planning-strategy
limits_config.bloom_prefetch_blocks -bloom-build.prefetch-blocks b
limits_config.bloom_split_series_keyspace_by -bloom-build.split-keyspace-by
limits_config.bloom_task_target_series_chunk_size -bloom-build.split-target-series-chunk-size
limits_config.cardinality_limit -store.cardinality-limit
limits_config.creation_grace_period -validation.create-grace-period
limits_config.debug_engine_streams -limits.debug-engine-streams b
limits_config.debug_engine_tasks -limits.debug-engine-tasks b
limits_config.deletion_mode -compactor.deletion-mode
limits_config.discover_generic_fields.fields.*
limits_config.discover_log_levels -validation.discover-log-levels b
limits_config.discover_service_name -validation.discover-service-name
limits_config.enable_multi_variant_queries -limits.enable-multi-variant-queries b
limits_config.enforce_metric_name
limits_config.enforced_labels -validation.enforced-labels
limits_config.engine_results_cache_time_bucket_interval -querier.engine-results-cache-time-bucket-interval
limits_config.increment_duplicate_timestamp -validation.increment-duplicate-timestamps b
limits_config.index_gateway_max_capacity -index-gateway.max-capacity
limits_config.index_gateway_shard_size -index-gateway.shard-size
limits_config.ingestion_burst_size_mb -distributor.ingestion-burst-size-mb
limits_config.ingestion_partitions_tenant_shard_size -limits.ingestion-partition-tenant-shard-size
limits_config.ingestion_rate_mb -distributor.ingestion-rate-limit-mb
limits_config.ingestion_rate_strategy -distributor.ingestion-rate-limit-strategy
limits_config.log_level_fields -validation.log-level-fields
limits_config.log_level_from_json_max_depth -validation.log-level-from-json-max-depth
limits_config.max_cache_freshness_per_query -frontend.max-cache-freshness
limits_config.max_chunks_per_query -store.query-chunk-limit
limits_config.max_concurrent_tail_requests -querier.max-concurrent-tail-requests
limits_config.max_entries_limit_per_query -validation.max-entries-limit
limits_config.max_global_streams_per_user -ingester.max-global-streams-per-user
limits_config.max_label_name_length -validation.max-length-label-name
limits_config.max_label_names_per_series -validation.max-label-names-per-series
limits_config.max_label_value_length -validation.max-length-label-value
limits_config.max_line_size -distributor.max-line-size
limits_config.max_line_size_truncate -distributor.max-line-size-truncate b
limits_config.max_line_size_truncate_identifier -distributor.max-line-size-truncate-identifier
limits_config.max_metadata_cache_freshness -frontend.max-metadata-cache-freshness
limits_config.max_querier_bytes_read -frontend.max-querier-bytes-read
limits_config.max_queriers_per_tenant -frontend.max-queriers-per-tenant
limits_config.max_query_bytes_read -frontend.max-query-bytes-read
limits_config.max_query_capacity -frontend.max-query-capacity
limits_config.max_query_length -store.max-query-length
limits_config.max_query_lookback -querier.max-query-lookback
limits_config.max_query_parallelism -querier.max-query-parallelism
limits_config.max_query_range -querier.max-query-range
limits_config.max_query_series -querier.max-query-series
limits_config.max_scan_task_parallelism -limits.max-scan-task-parallelism
limits_config.max_stats_cache_freshness -frontend.max-stats-cache-freshness
limits_config.max_streams_matchers_per_query -querier.max-streams-matcher-per-query
limits_config.max_streams_per_user -ingester.max-streams-per-user
limits_config.max_structured_metadata_entries_count -limits.max-structured-metadata-entries-count
limits_config.max_structured_metadata_size -limits.max-structured-metadata-size
limits_config.metric_aggregation_enabled -limits.aggregation-enabled b
limits_config.min_sharding_lookback -frontend.min-sharding-lookback
limits_config.minimum_labels_number
limits_config.otlp_config.log_attributes.*
limits_config.otlp_config.resource_attributes.attributes_config.*
limits_config.otlp_config.resource_attributes.ignore_defaults
limits_config.otlp_config.scope_attributes.*
limits_config.otlp_config.severity_text_as_label
limits_config.pattern_ingester_tokenizable_json_fields_append -limits.pattern-ingester-tokenizable-json-fields-append
limits_config.pattern_ingester_tokenizable_json_fields_default -limits.pattern-ingester-tokenizable-json-fields
limits_config.pattern_ingester_tokenizable_json_fields_delete -limits.pattern-ingester-tokenizable-json-fields-delete
limits_config.pattern_persistence_enabled -limits.pattern-persistence-enabled b
limits_config.pattern_persistence_granularity -limits.pattern-persistence-granularity
limits_config.pattern_rate_threshold -limits.pattern-rate-threshold
limits_config.per_stream_rate_limit -ingester.per-stream-rate-limit
limits_config.per_stream_rate_limit_burst -ingester.per-stream-rate-limit-burst
limits_config.per_tenant_override_config -limits.per-user-override-config
limits_config.per_tenant_override_period -limits.per-user-override-period
limits_config.policy_enforced_labels.*
limits_config.policy_stream_mapping.*
limits_config.query_ready_index_num_days -store.query-ready-index-num-days
limits_config.query_timeout -querier.query-timeout
limits_config.recent_metadata_query_window -experimental.querier.recent-metadata-query-window
limits_config.reject_old_samples -validation.reject-old-samples b
limits_config.reject_old_samples_max_age -validation.reject-old-samples.max-age
limits_config.required_labels
limits_config.retention_period -store.retention
limits_config.retention_stream.*
limits_config.ruler_alertmanager_config.*
limits_config.ruler_enable_wal_replay -ruler.enable-wal-replay b
limits_config.ruler_max_rule_groups_per_tenant -ruler.max-rule-groups-per-tenant
limits_config.ruler_max_rules_per_rule_group -ruler.max-rules-per-rule-group
limits_config.ruler_remote_evaluation_max_response_size
limits_config.ruler_remote_evaluation_timeout
limits_config.ruler_remote_write_config.*
limits_config.ruler_remote_write_disabled
limits_config.ruler_remote_write_headers
limits_config.ruler_remote_write_headers.*
limits_config.ruler_remote_write_queue_batch_send_deadline
limits_config.ruler_remote_write_queue_capacity
limits_config.ruler_remote_write_queue_max_backoff
limits_config.ruler_remote_write_queue_max_samples_per_send
limits_config.ruler_remote_write_queue_max_shards
limits_config.ruler_remote_write_queue_min_backoff
limits_config.ruler_remote_write_queue_min_shards
limits_config.ruler_remote_write_queue_retry_on_ratelimit
limits_config.ruler_remote_write_relabel_configs
limits_config.ruler_remote_write_relabel_configs.*
limits_config.ruler_remote_write_sigv4_config.access_key
limits_config.ruler_remote_write_sigv4_config.profile
limits_config.ruler_remote_write_sigv4_config.region
limits_config.ruler_remote_write_sigv4_config.role_arn
limits_config.ruler_remote_write_sigv4_config.secret_key
limits_config.ruler_remote_write_timeout
limits_config.ruler_remote_write_url
limits_config.ruler_tenant_shard_size -ruler.tenant-shard-size
limits_config.s3_sse_kms_encryption_context
limits_config.s3_sse_kms_key_id
limits_config.s3_sse_type
limits_config.shard_aggregations
limits_config.shard_streams.desired_rate -shard-streams.desired-rate
limits_config.shard_streams.enabled -shard-streams.enabled b
limits_config.shard_streams.logging_enabled -shard-streams.logging-enabled b
limits_config.shard_streams.time_sharding_enabled -shard-streams.time-sharding-enabled b
limits_config.shard_streams.time_sharding_ignore_recent -shard-streams.time-sharding-ignore-recent
limits_config.simulated_push_latency -limits.simulated-push-latency
limits_config.split_ingester_queries_by_interval -querier.split-ingester-queries-by-interval
limits_config.split_instant_metric_queries_by_interval -querier.split-instant-metric-queries-by-interval
limits_config.split_metadata_queries_by_interval -querier.split-metadata-queries-by-interval
limits_config.split_queries_by_interval -querier.split-queries-by-interval
limits_config.split_recent_metadata_queries_by_interval -experimental.querier.split-recent-metadata-queries-by-interval
limits_config.tsdb_max_bytes_per_shard -querier.tsdb-max-bytes-per-shard
limits_config.tsdb_max_query_parallelism -querier.tsdb-max-query-parallelism
limits_config.tsdb_precompute_chunks -querier.tsdb-precompute-chunks b
limits_config.tsdb_sharding_strategy -limits.tsdb-sharding-strategy
limits_config.unordered_writes -ingester.unordered-writes b
limits_config.use_owned_stream_count -ingester.use-owned-stream-count b
limits_config.volume_enabled -limits.volume-enabled b
limits_config.volume_max_series -limits.volume-max-series
memberlist.abort_if_cluster_fast_join_fails -memberlist.abort-if-fast-join-fails b
memberlist.abort_if_cluster_fast_join_fails_min_nodes -memberlist.abort-if-fast-join-fails-min-nodes
memberlist.abort_if_cluster_join_fails -memberlist.abort-if-join-fails b
memberlist.acquire_writer_timeout -memberlist.acquire-writer-timeout
memberlist.advertise_addr -memberlist.advertise-addr
memberlist.advertise_port -memberlist.advertise-port
memberlist.bind_addr -memberlist.bind-addr
memberlist.bind_port -memberlist.bind-port
memberlist.broadcast_timeout_for_local_updates_on_shutdown -memberlist.broadcast-timeout-for-local-updates-on-shutdown
memberlist.cluster_label -memberlist.cluster-label
memberlist.cluster_label_verification_disabled -memberlist.cluster-label-verification-disabled b
memberlist.compression_enabled -memberlist.compression-enabled b
memberlist.dead_node_reclaim_time -memberlist.dead-node-reclaim-time
memberlist.gossip_interval -memberlist.gossip-interval
memberlist.gossip_nodes -memberlist.gossip-nodes
memberlist.gossip_to_dead_nodes_time -memberlist.gossip-to-dead-nodes-time
memberlist.join_members -memberlist.join
memberlist.leave_timeout -memberlist.leave-timeout
memberlist.left_ingesters_timeout -memberlist.left-ingesters-timeout
memberlist.max_concurrent_writes -memberlist.max-concurrent-writes
memberlist.max_join_backoff -memberlist.max-join-backoff
memberlist.max_join_retries -memberlist.max-join-retries
memberlist.message_history_buffer_bytes -memberlist.message-history-buffer-bytes
memberlist.min_join_backoff -memberlist.min-join-backoff
memberlist.node_name -memberlist.nodename
memberlist.notify_interval -memberlist.notify-interval
memberlist.obsolete_entries_timeout -memberlist.obsolete-entries-timeout
memberlist.packet_dial_timeout -memberlist.packet-dial-timeout
memberlist.packet_write_timeout -memberlist.packet-write-timeout
memberlist.pull_push_interval -memberlist.pullpush-interval
memberlist.randomize_node_name -memberlist.randomize-node-name b
memberlist.rejoin_interval -memberlist.rejoin-interval
memberlist.rejoin_seed_nodes -memberlist.rejoin-seed-nodes
memberlist.retransmit_factor -memberlist.retransmit-factor
memberlist.stream_timeout -memberlist.stream-timeout
memberlist.tls_enabled -memberlist.tls-enabled b
memberlist.watch_prefix_buffer_size -memberlist.watch-prefix-buffer-size
memberlist.zone_aware_routing.enabled -memberlist.zone-aware-routing.enabled b
memberlist.zone_aware_routing.instance_availability_zone -memberlist.zone-aware-routing.instance-availability-zone
memberlist.zone_aware_routing.role -memberlist.zone-aware-routing.role
metrics_namespace -metrics-namespace
operational_config.filter_push_request_streams_ips -operation-config.filter-push-request-streams-ips
operational_config.limited_log_push_errors -operation-config.limited-log-push-errors b
operational_config.log_duplicate_metrics -operation-config.log-duplicate-metrics b
operational_config.log_duplicate_stream_info -operation-config.log-duplicate-stream-info b
operational_config.log_hash_of_labels -operation-config.log-hash-of-labels b
operational_config.log_push_request -operation-config.log-push-request b
operational_config.log_push_request_streams -operation-config.log-push-request-streams b
operational_config.log_service_name_discovery -operation-config.log-service-name-discovery b
operational_config.log_stream_creation -operation-config.log-stream-creation b
pattern_ingester.client_config.grpc_client_config.*
pattern_ingester.client_config.pool_config.client_cleanup_period -pattern-ingester.client-cleanup-period
pattern_ingester.client_config.pool_config.health_check_ingesters -pattern-ingester.health-check-ingesters b
pattern_ingester.client_config.pool_config.remote_timeout -pattern-ingester.remote-timeout
pattern_ingester.client_config.remote_timeout -pattern-ingester.client.timeout
pattern_ingester.concurrent_flushes -pattern-ingester.concurrent-flushes
pattern_ingester.connection_timeout -pattern-ingester.connection-timeout
pattern_ingester.enabled -pattern-ingester.enabled b
pattern_ingester.flush_check_period -pattern-ingester.flush-check-period
pattern_ingester.lifecycler.address -pattern-ingester.lifecycler.addr
pattern_ingester.lifecycler.availability_zone -pattern-ingester.availability-zone
pattern_ingester.lifecycler.enable_inet6 -pattern-ingester.enable-inet6 b
pattern_ingester.lifecycler.final_sleep -pattern-ingester.final-sleep
pattern_ingester.lifecycler.heartbeat_period -pattern-ingester.heartbeat-period
pattern_ingester.lifecycler.heartbeat_timeout -pattern-ingester.heartbeat-timeout
pattern_ingester.lifecycler.id -pattern-ingester.lifecycler.ID
pattern_ingester.lifecycler.interface_names -pattern-ingester.lifecycler.interface
pattern_ingester.lifecycler.join_after -pattern-ingester.join-after
pattern_ingester.lifecycler.min_ready_duration -pattern-ingester.min-ready-duration
pattern_ingester.lifecycler.num_tokens -pattern-ingester.num-tokens
pattern_ingester.lifecycler.observe_period -pattern-ingester.observe-period
pattern_ingester.lifecycler.port -pattern-ingester.lifecycler.port
pattern_ingester.lifecycler.readiness_check_ring_health -pattern-ingester.readiness-check-ring-health b
pattern_ingester.lifecycler.ring.excluded_zones -pattern-ingester.distributor.excluded-zones
pattern_ingester.lifecycler.ring.heartbeat_timeout -pattern-ingester.ring.heartbeat-timeout
pattern_ingester.lifecycler.ring.kvstore.consul.*
pattern_ingester.lifecycler.ring.kvstore.etcd.*
pattern_ingester.lifecycler.ring.kvstore.multi.mirror_enabled -pattern-ingester.multi.mirror-enabled b
pattern_ingester.lifecycler.ring.kvstore.multi.mirror_timeout -pattern-ingester.multi.mirror-timeout
pattern_ingester.lifecycler.ring.kvstore.multi.primary -pattern-ingester.multi.primary
pattern_ingester.lifecycler.ring.kvstore.multi.secondary -pattern-ingester.multi.secondary
pattern_ingester.lifecycler.ring.kvstore.prefix -pattern-ingester.prefix
pattern_ingester.lifecycler.ring.kvstore.store -pattern-ingester.store
pattern_ingester.lifecycler.ring.replication_factor -pattern-ingester.distributor.replication-factor
pattern_ingester.lifecycler.ring.zone_awareness_enabled -pattern-ingester.distributor.zone-awareness-enabled b
pattern_ingester.lifecycler.tokens_file_path -pattern-ingester.tokens-file-path
pattern_ingester.lifecycler.unregister_on_shutdown -pattern-ingester.unregister-on-shutdown b
pattern_ingester.max_allowed_line_length -pattern-ingester.max-allowed-line-length
pattern_ingester.max_chunk_age -pattern-ingester.max-chunk-age
pattern_ingester.max_clusters -pattern-ingester.max-clusters
pattern_ingester.max_eviction_ratio -pattern-ingester.max-eviction-ratio
pattern_ingester.metric_aggregation.backoff_config.max_period -pattern-ingester.metric-aggregation...backoff-max-period
pattern_ingester.metric_aggregation.backoff_config.max_retries -pattern-ingester.metric-aggregation...backoff-retries
pattern_ingester.metric_aggregation.backoff_config.min_period -pattern-ingester.metric-aggregation...backoff-min-period
pattern_ingester.metric_aggregation.basic_auth.password -pattern-ingester.metric-aggregation..basic-auth.password
pattern_ingester.metric_aggregation.basic_auth.username -pattern-ingester.metric-aggregation..basic-auth.username
pattern_ingester.metric_aggregation.http_client_config.authorization.credentials
pattern_ingester.metric_aggregation.http_client_config.authorization.credentials_file
pattern_ingester.metric_aggregation.http_client_config.authorization.credentials_ref
pattern_ingester.metric_aggregation.http_client_config.authorization.type
pattern_ingester.metric_aggregation.http_client_config.basic_auth.password
pattern_ingester.metric_aggregation.http_client_config.basic_auth.password_file
pattern_ingester.metric_aggregation.http_client_config.basic_auth.password_ref
pattern_ingester.metric_aggregation.http_client_config.basic_auth.username
pattern_ingester.metric_aggregation.http_client_config.basic_auth.username_file
pattern_ingester.metric_aggregation.http_client_config.basic_auth.username_ref
pattern_ingester.metric_aggregation.http_client_config.bearer_token
pattern_ingester.metric_aggregation.http_client_config.bearer_token_file
pattern_ingester.metric_aggregation.http_client_config.enable_http2
pattern_ingester.metric_aggregation.http_client_config.follow_redirects
pattern_ingester.metric_aggregation.http_client_config.no_proxy
pattern_ingester.metric_aggregation.http_client_config.oauth2.audience
pattern_ingester.metric_aggregation.http_client_config.oauth2.claims.*
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_certificate_key
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_certificate_key_file
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_certificate_key_id
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_certificate_key_ref
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_id
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_secret
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_secret_file
pattern_ingester.metric_aggregation.http_client_config.oauth2.client_secret_ref
pattern_ingester.metric_aggregation.http_client_config.oauth2.endpoint_params.*
pattern_ingester.metric_aggregation.http_client_config.oauth2.grant_type
pattern_ingester.metric_aggregation.http_client_config.oauth2.iss
pattern_ingester.metric_aggregation.http_client_config.oauth2.no_proxy
pattern_ingester.metric_aggregation.http_client_config.oauth2.proxy_connect_header.*
pattern_ingester.metric_aggregation.http_client_config.oauth2.proxy_from_environment
pattern_ingester.metric_aggregation.http_client_config.oauth2.proxy_url.url
pattern_ingester.metric_aggregation.http_client_config.oauth2.scopes
pattern_ingester.metric_aggregation.http_client_config.oauth2.signature_algorithm
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.ca
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.ca_file
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.ca_ref
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.cert
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.cert_file
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.cert_ref
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.insecure_skip_verify
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.key
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.key_file
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.key_ref
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.max_version
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.min_version
pattern_ingester.metric_aggregation.http_client_config.oauth2.tls_config.server_name
pattern_ingester.metric_aggregation.http_client_config.oauth2.token_url
pattern_ingester.metric_aggregation.http_client_config.proxy_connect_header.*
pattern_ingester.metric_aggregation.http_client_config.proxy_from_environment
pattern_ingester.metric_aggregation.http_client_config.proxy_url.url
pattern_ingester.metric_aggregation.http_client_config.tls_config.ca
pattern_ingester.metric_aggregation.http_client_config.tls_config.ca_file
pattern_ingester.metric_aggregation.http_client_config.tls_config.ca_ref
pattern_ingester.metric_aggregation.http_client_config.tls_config.cert
pattern_ingester.metric_aggregation.http_client_config.tls_config.cert_file
pattern_ingester.metric_aggregation.http_client_config.tls_config.cert_ref
pattern_ingester.metric_aggregation.http_client_config.tls_config.insecure_skip_verify
pattern_ingester.metric_aggregation.http_client_config.tls_config.key
pattern_ingester.metric_aggregation.http_client_config.tls_config.key_file
pattern_ingester.metric_aggregation.http_client_config.tls_config.key_ref
pattern_ingester.metric_aggregation.http_client_config.tls_config.max_version
pattern_ingester.metric_aggregation.http_client_config.tls_config.min_version
pattern_ingester.metric_aggregation.http_client_config.tls_config.server_name
pattern_ingester.metric_aggregation.loki_address -pattern-ingester.metric-aggregation.loki-address
pattern_ingester.metric_aggregation.push_period -pattern-ingester.metric-aggregation.push-period
pattern_ingester.metric_aggregation.sample_period -pattern-ingester.metric-aggregation.downsample-period
pattern_ingester.metric_aggregation.timeout -pattern-ingester.metric-aggregation.timeout
pattern_ingester.metric_aggregation.use_tls -pattern-ingester.metric-aggregation.tls b
pattern_ingester.pattern_persistence.backoff_config.max_period -pattern-ingester.pattern-persistence...backoff-max-period
pattern_ingester.pattern_persistence.backoff_config.max_retries -pattern-ingester.pattern-persistence...backoff-retries
pattern_ingester.pattern_persistence.backoff_config.min_period -pattern-ingester.pattern-persistence...backoff-min-period
pattern_ingester.pattern_persistence.basic_auth.password -pattern-ingester.pattern-persistence..basic-auth.password
pattern_ingester.pattern_persistence.basic_auth.username -pattern-ingester.pattern-persistence..basic-auth.username
pattern_ingester.pattern_persistence.batch_size -pattern-ingester.pattern-persistence.batch-size
pattern_ingester.pattern_persistence.http_client_config.authorization.credentials
pattern_ingester.pattern_persistence.http_client_config.authorization.credentials_file
pattern_ingester.pattern_persistence.http_client_config.authorization.credentials_ref
pattern_ingester.pattern_persistence.http_client_config.authorization.type
pattern_ingester.pattern_persistence.http_client_config.basic_auth.password
pattern_ingester.pattern_persistence.http_client_config.basic_auth.password_file
pattern_ingester.pattern_persistence.http_client_config.basic_auth.password_ref
pattern_ingester.pattern_persistence.http_client_config.basic_auth.username
pattern_ingester.pattern_persistence.http_client_config.basic_auth.username_file
pattern_ingester.pattern_persistence.http_client_config.basic_auth.username_ref
pattern_ingester.pattern_persistence.http_client_config.bearer_token
pattern_ingester.pattern_persistence.http_client_config.bearer_token_file
pattern_ingester.pattern_persistence.http_client_config.enable_http2
pattern_ingester.pattern_persistence.http_client_config.follow_redirects
pattern_ingester.pattern_persistence.http_client_config.no_proxy
pattern_ingester.pattern_persistence.http_client_config.oauth2.audience
pattern_ingester.pattern_persistence.http_client_config.oauth2.claims.*
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_certificate_key
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_certificate_key_file
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_certificate_key_id
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_certificate_key_ref
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_id
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_secret
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_secret_file
pattern_ingester.pattern_persistence.http_client_config.oauth2.client_secret_ref
pattern_ingester.pattern_persistence.http_client_config.oauth2.endpoint_params.*
pattern_ingester.pattern_persistence.http_client_config.oauth2.grant_type
pattern_ingester.pattern_persistence.http_client_config.oauth2.iss
pattern_ingester.pattern_persistence.http_client_config.oauth2.no_proxy
pattern_ingester.pattern_persistence.http_client_config.oauth2.proxy_connect_header.*
pattern_ingester.pattern_persistence.http_client_config.oauth2.proxy_from_environment
pattern_ingester.pattern_persistence.http_client_config.oauth2.proxy_url.url
pattern_ingester.pattern_persistence.http_client_config.oauth2.scopes
pattern_ingester.pattern_persistence.http_client_config.oauth2.signature_algorithm
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.ca
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.ca_file
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.ca_ref
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.cert
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.cert_file
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.cert_ref
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.insecure_skip_verify
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.key
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.key_file
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.key_ref
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.max_version
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.min_version
pattern_ingester.pattern_persistence.http_client_config.oauth2.tls_config.server_name
pattern_ingester.pattern_persistence.http_client_config.oauth2.token_url
pattern_ingester.pattern_persistence.http_client_config.proxy_connect_header.*
pattern_ingester.pattern_persistence.http_client_config.proxy_from_environment
pattern_ingester.pattern_persistence.http_client_config.proxy_url.url
pattern_ingester.pattern_persistence.http_client_config.tls_config.ca
pattern_ingester.pattern_persistence.http_client_config.tls_config.ca_file
pattern_ingester.pattern_persistence.http_client_config.tls_config.ca_ref
pattern_ingester.pattern_persistence.http_client_config.tls_config.cert
pattern_ingester.pattern_persistence.http_client_config.tls_config.cert_file
pattern_ingester.pattern_persistence.http_client_config.tls_config.cert_ref
pattern_ingester.pattern_persistence.http_client_config.tls_config.insecure_skip_verify
pattern_ingester.pattern_persistence.http_client_config.tls_config.key
pattern_ingester.pattern_persistence.http_client_config.tls_config.key_file
pattern_ingester.pattern_persistence.http_client_config.tls_config.key_ref
pattern_ingester.pattern_persistence.http_client_config.tls_config.max_version
pattern_ingester.pattern_persistence.http_client_config.tls_config.min_version
pattern_ingester.pattern_persistence.http_client_config.tls_config.server_name
pattern_ingester.pattern_persistence.loki_address -pattern-ingester.pattern-persistence.loki-address
pattern_ingester.pattern_persistence.push_period -pattern-ingester.pattern-persistence.push-period
pattern_ingester.pattern_persistence.timeout -pattern-ingester.pattern-persistence.timeout
pattern_ingester.pattern_persistence.use_tls -pattern-ingester.pattern-persistence.tls b
pattern_ingester.pattern_sample_interval -pattern-ingester.sample-interval
pattern_ingester.retain_for -pattern-ingester.retain-for
pattern_ingester.tee_config.batch_flush_interval -pattern-ingester.tee.batch-flush-interval
pattern_ingester.tee_config.batch_size -pattern-ingester.tee.batch-size
pattern_ingester.tee_config.flush_queue_size -pattern-ingester.tee.flush-queue-size
pattern_ingester.tee_config.flush_worker_count -pattern-ingester.tee.flush-worker-count
pattern_ingester.tee_config.stop_flush_timeout -pattern-ingester.tee.stop-flush-timeout
pattern_ingester.volume_threshold -pattern-ingester.volume-threshold
profiling.block_profile_rate -profiling.block-profile-rate
profiling.cpu_profile_rate -profiling.cpu-profile-rate
profiling.mutex_profile_fraction -profiling.mutex-profile-fraction
querier.engine.max_count_min_sketch_heap_size -querier.engine.max-count-min-sketch-heap-size
querier.engine.max_look_back_period -querier.engine.max-lookback-period
querier.engine.timeout
querier.extra_query_delay -querier.extra-query-delay
querier.max_concurrent -querier.max-concurrent
querier.multi_tenant_queries_enabled -querier.multi-tenant-queries-enabled b
querier.per_request_limits_enabled -querier.per-request-limits-enabled b
querier.query_ingester_only -querier.query-ingester-only b
querier.query_ingesters_within -querier.query-ingesters-within
querier.query_partition_ingesters -querier.query-partition-ingesters b
querier.query_store_only -querier.query-store-only b
querier.query_timeout
querier.tail_max_duration -querier.tail-max-duration
query_range.align_queries_with_step -querier.align-querier-with-step b
query_range.cache_index_stats_results -querier.cache-index-stats-results b
query_range.cache_instant_metric_results -querier.cache-instant-metric-results b
query_range.cache_label_results -querier.cache-label-results b
query_range.cache_results -querier.cache-results b
query_range.cache_series_results -querier.cache-series-results b
query_range.cache_volume_results -querier.cache-volume-results b
query_range.index_stats_results_cache.cache.*
query_range.index_stats_results_cache.compression -frontend.index-stats-results-cache.compression
query_range.instant_metric_query_split_align -querier.instant-metric-query-split-align b
query_range.instant_metric_results_cache.cache.*
query_range.instant_metric_results_cache.compression -frontend.instant-metric-results-cache.compression
query_range.label_results_cache.cache.*
query_range.label_results_cache.compression -frontend.label-results-cache.compression
query_range.max_retries -querier.max-retries-per-request
query_range.parallelise_shardable_queries -querier.parallelise-shardable-queries b
query_range.results_cache.cache.*
query_range.results_cache.compression -frontend.compression
query_range.series_results_cache.cache.*
query_range.series_results_cache.compression -frontend.series-results-cache.compression
query_range.shard_aggregations -querier.shard-aggregations
query_range.split_queries_by_interval
query_range.volume_results_cache.cache.*
query_range.volume_results_cache.compression -frontend.volume-results-cache.compression
query_scheduler.grpc_client_config.*
query_scheduler.max_outstanding_requests_per_tenant -query-scheduler.max-outstanding-requests-per-tenant
query_scheduler.max_queue_hierarchy_levels -query-scheduler.max-queue-hierarchy-levels
query_scheduler.querier_forget_delay -query-scheduler.querier-forget-delay
query_scheduler.scheduler_ring.heartbeat_period -query-scheduler.ring.heartbeat-period
query_scheduler.scheduler_ring.heartbeat_timeout -query-scheduler.ring.heartbeat-timeout
query_scheduler.scheduler_ring.instance_addr -query-scheduler.ring.instance-addr
query_scheduler.scheduler_ring.instance_availability_zone -query-scheduler.ring.instance-availability-zone
query_scheduler.scheduler_ring.instance_enable_ipv6 -query-scheduler.ring.instance-enable-ipv6 b
query_scheduler.scheduler_ring.instance_id -query-scheduler.ring.instance-id
query_scheduler.scheduler_ring.instance_interface_names -query-scheduler.ring.instance-interface-names
query_scheduler.scheduler_ring.instance_port -query-scheduler.ring.instance-port
query_scheduler.scheduler_ring.kvstore.consul.*
query_scheduler.scheduler_ring.kvstore.etcd.*
query_scheduler.scheduler_ring.kvstore.multi.mirror_enabled -query-scheduler.ring.multi.mirror-enabled b
query_scheduler.scheduler_ring.kvstore.multi.mirror_timeout -query-scheduler.ring.multi.mirror-timeout
query_scheduler.scheduler_ring.kvstore.multi.primary -query-scheduler.ring.multi.primary
query_scheduler.scheduler_ring.kvstore.multi.secondary -query-scheduler.ring.multi.secondary
query_scheduler.scheduler_ring.kvstore.prefix -query-scheduler.ring.prefix
query_scheduler.scheduler_ring.kvstore.store -query-scheduler.ring.store
query_scheduler.scheduler_ring.tokens_file_path -query-scheduler.ring.tokens-file-path
query_scheduler.scheduler_ring.zone_awareness_enabled -query-scheduler.ring.zone-awareness-enabled b
query_scheduler.use_scheduler_ring -query-scheduler.use-scheduler-ring b
ruler.alert_relabel_configs
ruler.alert_relabel_configs.*
ruler.alertmanager_client.basic_auth_password -ruler.alertmanager-client.basic-auth-password
ruler.alertmanager_client.basic_auth_username -ruler.alertmanager-client.basic-auth-username
ruler.alertmanager_client.credentials -ruler.alertmanager-client.credentials
ruler.alertmanager_client.credentials_file -ruler.alertmanager-client.credentials-file
ruler.alertmanager_client.type -ruler.alertmanager-client.type
ruler.alertmanager_refresh_interval -ruler.alertmanager-refresh-interval
ruler.alertmanager_url -ruler.alertmanager-url
ruler.datasource_uid -ruler.datasource-uid
ruler.disable_rule_group_label -ruler.disable-rule-group-label b
ruler.disabled_tenants -ruler.disabled-tenants
ruler.enable_alertmanager_discovery -ruler.alertmanager-discovery b
ruler.enable_alertmanager_v2 -ruler.alertmanager-use-v2 b
ruler.enable_api -ruler.enable-api b
ruler.enable_sharding -ruler.enable-sharding b
ruler.enabled_tenants -ruler.enabled-tenants
ruler.evaluation.max_jitter -ruler.evaluation.max-jitter
ruler.evaluation.mode -ruler.evaluation.mode
ruler.evaluation.query_frontend.address -ruler.evaluation.query-frontend.address
ruler.evaluation.query_frontend.tls_enabled -ruler.evaluation.query-frontend.tls-enabled b
ruler.evaluation_interval -ruler.evaluation-interval
ruler.external_url -ruler.external.url
ruler.flush_period -ruler.flush-period
ruler.for_grace_period -ruler.for-grace-period
ruler.for_outage_tolerance -ruler.for-outage-tolerance
ruler.notification_queue_capacity -ruler.notification-queue-capacity
ruler.notification_timeout -ruler.notification-timeout
ruler.poll_interval -ruler.poll-interval
ruler.query_stats_enabled -ruler.query-stats-enabled b
ruler.remote_write.add_org_id_header -ruler.remote-write.add-org-id-header b
ruler.remote_write.client
ruler.remote_write.client.*
ruler.remote_write.clients.*
ruler.remote_write.config_refresh_period -ruler.remote-write.config-refresh-period
ruler.remote_write.enabled -ruler.remote-write.enabled b
ruler.resend_delay -ruler.resend-delay
ruler.ring.heartbeat_period -ruler.ring.heartbeat-period
ruler.ring.heartbeat_timeout -ruler.ring.heartbeat-timeout
ruler.ring.instance_interface_names -ruler.ring.instance-interface-names
ruler.ring.kvstore.consul.*
ruler.ring.kvstore.etcd.*
ruler.ring.kvstore.multi.mirror_enabled -ruler.ring.multi.mirror-enabled b
ruler.ring.kvstore.multi.mirror_timeout -ruler.ring.multi.mirror-timeout
ruler.ring.kvstore.multi.primary -ruler.ring.multi.primary
ruler.ring.kvstore.multi.secondary -ruler.ring.multi.secondary
ruler.ring.kvstore.prefix -ruler.ring.prefix
ruler.ring.kvstore.store -ruler.ring.store
ruler.ring.num_tokens -ruler.ring.num-tokens
ruler.rule_path -ruler.rule-path
ruler.ruler_client.*
ruler.search_pending_for -ruler.search-pending-for
ruler.sharding_algo -ruler.sharding-algo
ruler.sharding_strategy -ruler.sharding-strategy
ruler.storage.*
ruler.storage.alibabacloud.*
ruler.storage.azure.*
ruler.storage.bos.*
ruler.storage.cos.*
ruler.storage.gcs.*
ruler.storage.local.directory -ruler.storage.local.directory
ruler.storage.s3.*
ruler.storage.swift.*
ruler.storage.type -ruler.storage.type
ruler.wal.dir -ruler.wal.dir
ruler.wal.max_age -ruler.wal.max-age
ruler.wal.min_age -ruler.wal.min-age
ruler.wal.truncate_frequency -ruler.wal.truncate-frequency
ruler.wal_cleaner.min_age -ruler.wal-cleaner.min-age
ruler.wal_cleaner.period -ruler.wal-cleaner.period
ruler_storage.backend -ruler-storage.backend
ruler_storage.local.directory -ruler-storage.local.directory
runtime_config.file -runtime-config.file
runtime_config.period -runtime-config.reload-period
schema_config.configs.*
schema_config.path_prefix
server.cluster_validation.additional_labels -server.cluster-validation.additional-labels
server.cluster_validation.grpc.enabled -server.cluster-validation.grpc.enabled b
server.cluster_validation.grpc.soft_validation -server.cluster-validation.grpc.soft-validation b
server.cluster_validation.http.enabled -server.cluster-validation.http.enabled b
server.cluster_validation.http.excluded_paths -server.cluster-validation.http.excluded-paths
server.cluster_validation.http.excluded_user_agents -server.cluster-validation.http.excluded-user-agents
server.cluster_validation.http.soft_validation -server.cluster-validation.http.soft-validation b
server.cluster_validation.label -server.cluster-validation.label
server.create_new_traces -server.create-new-traces b
server.graceful_shutdown_timeout -server.graceful-shutdown-timeout
server.grpc_collect_max_streams_by_conn -server.grpc-collect-max-streams-by-conn b
server.grpc_listen_address -server.grpc-listen-address
server.grpc_listen_conn_limit -server.grpc-conn-limit
server.grpc_listen_network -server.grpc-listen-network
server.grpc_listen_port -server.grpc-listen-port
server.grpc_server_keepalive_time -server.grpc.keepalive.time
server.grpc_server_keepalive_timeout -server.grpc.keepalive.timeout
server.grpc_server_max_concurrent_streams -server.grpc-max-concurrent-streams
server.grpc_server_max_connection_age -server.grpc.keepalive.max-connection-age
server.grpc_server_max_connection_age_grace -server.grpc.keepalive.max-connection-age-grace
server.grpc_server_max_connection_idle -server.grpc.keepalive.max-connection-idle
server.grpc_server_max_recv_msg_size -server.grpc-max-recv-msg-size-bytes
server.grpc_server_max_send_msg_size -server.grpc-max-send-msg-size-bytes
server.grpc_server_min_time_between_pings -server.grpc.keepalive.min-time-between-pings
server.grpc_server_num_workers -server.grpc.num-workers
server.grpc_server_ping_without_stream_allowed -server.grpc.keepalive.ping-without-stream-allowed b
server.grpc_server_recv_buffer_pools_enabled -server.grpc.recv-buffer-pools-enabled b
server.grpc_server_stats_tracking_enabled -server.grpc.stats-tracking-enabled b
server.grpc_tls_config.cert
server.grpc_tls_config.cert_file -server.grpc-tls-cert-path
server.grpc_tls_config.client_auth_type -server.grpc-tls-client-auth
server.grpc_tls_config.client_ca
server.grpc_tls_config.client_ca_file -server.grpc-tls-ca-path
server.grpc_tls_config.key
server.grpc_tls_config.key_file -server.grpc-tls-key-path
server.http_listen_address -server.http-listen-address
server.http_listen_conn_limit -server.http-conn-limit
server.http_listen_network -server.http-listen-network
server.http_listen_port -server.http-listen-port
server.http_log_closed_connections_without_response_enabled -server.http-log-closed-connections-without-response-enabled b
server.http_path_prefix -server.path-prefix
server.http_server_idle_timeout -server.http-idle-timeout
server.http_server_read_header_timeout -server.http-read-header-timeout
server.http_server_read_timeout -server.http-read-timeout
server.http_server_write_timeout -server.http-write-timeout
server.http_tls_config.cert
server.http_tls_config.cert_file -server.http-tls-cert-path
server.http_tls_config.client_auth_type -server.http-tls-client-auth
server.http_tls_config.client_ca
server.http_tls_config.client_ca_file -server.http-tls-ca-path
server.http_tls_config.key
server.http_tls_config.key_file -server.http-tls-key-path
server.log_format -log.format
server.log_level -log.level
server.log_request_at_info_level_enabled -server.log-request-at-info-level-enabled b
server.log_request_exclude_headers_list -server.log-request-headers-exclude-list
server.log_request_headers -server.log-request-headers b
server.log_source_ips_enabled -server.log-source-ips-enabled b
server.log_source_ips_full -server.log-source-ips-full b
server.log_source_ips_header -server.log-source-ips-header
server.log_source_ips_regex -server.log-source-ips-regex
server.proxy_protocol_enabled -server.proxy-protocol-enabled b
server.register_instrumentation -server.register-instrumentation b
server.report_grpc_codes_in_instrumentation_label_enabled -server.report-grpc-codes-in-instrumentation-label-enabled b
server.tls_cipher_suites -server.tls-cipher-suites
server.tls_min_version -server.tls-min-version
server.trace_request_exclude_headers_list -server.trace-request-headers-exclude-list
server.trace_request_headers -server.trace-request-headers b
shutdown_delay -shutdown-delay
storage_config.alibabacloud.*
storage_config.aws.*
storage_config.aws.dynamodb.api_limit -dynamodb.api-limit
storage_config.aws.dynamodb.backoff_config.max_period -dynamodb.max-backoff
storage_config.aws.dynamodb.backoff_config.max_retries -dynamodb.max-retries
storage_config.aws.dynamodb.backoff_config.min_period -dynamodb.min-backoff
storage_config.aws.dynamodb.chunk_gang_size -dynamodb.chunk-gang-size
storage_config.aws.dynamodb.chunk_get_max_parallelism -dynamodb.chunk.get-max-parallelism
storage_config.aws.dynamodb.dynamodb_url -dynamodb.url
storage_config.aws.dynamodb.kms_key_id -dynamodb.kms-key-id
storage_config.aws.dynamodb.metrics.ignore_throttle_below -metrics.ignore-throttle-below
storage_config.aws.dynamodb.metrics.queue_length_query -metrics.queue-length-query
storage_config.aws.dynamodb.metrics.read_error_query -metrics.read-error-query
storage_config.aws.dynamodb.metrics.read_usage_query -metrics.read-usage-query
storage_config.aws.dynamodb.metrics.scale_up_factor -metrics.scale-up-factor
storage_config.aws.dynamodb.metrics.target_queue_length -metrics.target-queue-length
storage_config.aws.dynamodb.metrics.url -metrics.url
storage_config.aws.dynamodb.metrics.write_throttle_query -metrics.write-throttle-query
storage_config.aws.dynamodb.metrics.write_usage_query -metrics.usage-query
storage_config.aws.dynamodb.throttle_limit -dynamodb.throttle-limit
storage_config.azure.*
storage_config.bigtable.grpc_client_config.*
storage_config.bigtable.instance -bigtable.instance
storage_config.bigtable.project -bigtable.project
storage_config.bigtable.table_cache_enabled -bigtable.table-cache.enabled b
storage_config.bigtable.table_cache_expiration -bigtable.table-cache.expiration
storage_config.bloom_shipper.blocks_cache.hard_limit -bloom.blocks-cache.hard-limit
storage_config.bloom_shipper.blocks_cache.soft_limit -bloom.blocks-cache.soft-limit
storage_config.bloom_shipper.blocks_cache.ttl -bloom.blocks-cache.ttl
storage_config.bloom_shipper.download_parallelism -bloom.download-parallelism
storage_config.bloom_shipper.max_query_page_size -bloom.max-query-page-size
storage_config.bloom_shipper.metas_cache.*
storage_config.bloom_shipper.metas_lru_cache.enabled -bloom.metas-lru-cache.enabled b
storage_config.bloom_shipper.metas_lru_cache.max_size_items -bloom.metas-lru-cache.max-size-items
storage_config.bloom_shipper.metas_lru_cache.max_size_mb -bloom.metas-lru-cache.max-size-mb
storage_config.bloom_shipper.metas_lru_cache.ttl -bloom.metas-lru-cache.ttl
storage_config.bloom_shipper.working_directory -bloom.shipper.working-directory
storage_config.boltdb.*
storage_config.boltdb.directory -boltdb.dir
storage_config.boltdb_shipper.*
storage_config.boltdb_shipper.active_index_directory -boltdb.shipper.active-index-directory
storage_config.boltdb_shipper.build_per_tenant_index -boltdb.shipper.build-per-tenant-index b
storage_config.boltdb_shipper.cache_location -boltdb.shipper.cache-location
storage_config.boltdb_shipper.cache_ttl -boltdb.shipper.cache-ttl
storage_config.boltdb_shipper.index_gateway_client.grpc_client_config.*
storage_config.boltdb_shipper.index_gateway_client.log_gateway_requests -boltdb.shipper.index-gateway-client.log-gateway-requests b
storage_config.boltdb_shipper.index_gateway_client.server_address -boltdb.shipper.index-gateway-client.server-address
storage_config.boltdb_shipper.index_gateway_client.time_based_sharding_buckets
  -boltdb.shipper.index-gateway-client.time-based-sharding-buckets
storage_config.boltdb_shipper.ingesterdbretainperiod
storage_config.boltdb_shipper.ingestername
storage_config.boltdb_shipper.mode
storage_config.boltdb_shipper.query_ready_num_days -boltdb.shipper.query-ready-num-days
storage_config.boltdb_shipper.resync_interval -boltdb.shipper.resync-interval
storage_config.bos.*
storage_config.cassandra.CA_path -cassandra.ca-path
storage_config.cassandra.SSL -cassandra.ssl b
storage_config.cassandra.addresses -cassandra.addresses
storage_config.cassandra.auth -cassandra.auth b
storage_config.cassandra.connect_timeout -cassandra.connect-timeout
storage_config.cassandra.consistency -cassandra.consistency
storage_config.cassandra.convict_hosts_on_failure -cassandra.convict-hosts-on-failure b
storage_config.cassandra.custom_authenticators -cassandra.custom-authenticator
storage_config.cassandra.disable_initial_host_lookup -cassandra.disable-initial-host-lookup b
storage_config.cassandra.host_selection_policy -cassandra.host-selection-policy
storage_config.cassandra.host_verification -cassandra.host-verification b
storage_config.cassandra.keyspace -cassandra.keyspace
storage_config.cassandra.max_retries -cassandra.max-retries
storage_config.cassandra.num_connections -cassandra.num-connections
storage_config.cassandra.password -cassandra.password
storage_config.cassandra.password_file -cassandra.password-file
storage_config.cassandra.port -cassandra.port
storage_config.cassandra.query_concurrency -cassandra.query-concurrency
storage_config.cassandra.reconnect_interval -cassandra.reconnent-interval
storage_config.cassandra.replication_factor -cassandra.replication-factor
storage_config.cassandra.retry_max_backoff -cassandra.retry-max-backoff
storage_config.cassandra.retry_min_backoff -cassandra.retry-min-backoff
storage_config.cassandra.table_options -cassandra.table-options
storage_config.cassandra.timeout -cassandra.timeout
storage_config.cassandra.tls_cert_path -cassandra.tls-cert-path
storage_config.cassandra.tls_key_path -cassandra.tls-key-path
storage_config.cassandra.username -cassandra.username
storage_config.congestion_control.controller.aimd.backoff_factor -store.congestion-control.strategy.aimd.backoff-factor
storage_config.congestion_control.controller.aimd.start -store.congestion-control.strategy.aimd.start
storage_config.congestion_control.controller.aimd.upper_bound -store.congestion-control.strategy.aimd.upper-bound
storage_config.congestion_control.controller.strategy -store.congestion-control.strategy
storage_config.congestion_control.enabled -store.congestion-control.enabled b
storage_config.congestion_control.hedging.config.at
storage_config.congestion_control.hedging.config.max_per_second
storage_config.congestion_control.hedging.config.up_to
storage_config.congestion_control.hedging.strategy -store.congestion-control.hedge.strategy
storage_config.congestion_control.retry.limit -store.congestion-control.retry.strategy.limited.limit
storage_config.congestion_control.retry.strategy -store.congestion-control.retry.strategy
storage_config.cos.*
storage_config.disable_broad_index_queries -store.disable-broad-index-queries b
storage_config.filesystem.*
storage_config.gcs.*
storage_config.grpc_store.server_address -grpc-store.server-address
storage_config.hedging.at -store.hedge-requests-at
storage_config.hedging.max_per_second -store.hedge-max-per-second
storage_config.hedging.up_to -store.hedge-requests-up-to
storage_config.index_cache_validity -store.index-cache-validity
storage_config.index_queries_cache_config.*
storage_config.max_chunk_batch_size -store.max-chunk-batch-size
storage_config.max_parallel_get_chunk -store.max-parallel-get-chunk
storage_config.named_stores.*
storage_config.object_prefix -store.object-prefix
storage_config.object_store.named_stores.azure.*
storage_config.object_store.named_stores.filesystem.*
storage_config.object_store.named_stores.gcs.*
storage_config.object_store.named_stores.s3.*
storage_config.object_store.named_stores.swift.*
storage_config.swift.*
storage_config.tsdb_shipper.*
storage_config.tsdb_shipper.active_index_directory -tsdb.shipper.active-index-directory
storage_config.tsdb_shipper.cache_location -tsdb.shipper.cache-location
storage_config.tsdb_shipper.cache_ttl -tsdb.shipper.cache-ttl
storage_config.tsdb_shipper.index_gateway_client.grpc_client_config.*
storage_config.tsdb_shipper.index_gateway_client.log_gateway_requests -tsdb.shipper.index-gateway-client.log-gateway-requests b
storage_config.tsdb_shipper.index_gateway_client.server_address -tsdb.shipper.index-gateway-client.server-address
storage_config.tsdb_shipper.index_gateway_client.time_based_sharding_buckets
  -tsdb.shipper.index-gateway-client.time-based-sharding-buckets
storage_config.tsdb_shipper.ingesterdbretainperiod
storage_config.tsdb_shipper.ingestername
storage_config.tsdb_shipper.mode
storage_config.tsdb_shipper.query_ready_num_days -tsdb.shipper.query-ready-num-days
storage_config.tsdb_shipper.resync_interval -tsdb.shipper.resync-interval
storage_config.use_thanos_objstore -use-thanos-objstore b
table_manager.chunk_tables_provisioning.enable_inactive_throughput_on_demand_mode
  -table-manager.chunk-table.inactive-enable-ondemand-throughput-mode b
table_manager.chunk_tables_provisioning.enable_ondemand_throughput_mode -table-manager.chunk-table.enable-ondemand-throughput-mode b
table_manager.chunk_tables_provisioning.inactive_read_scale.enabled -table-manager.chunk-table.inactive-read-throughput.scale.enabled b
table_manager.chunk_tables_provisioning.inactive_read_scale.in_cooldown
  -table-manager.chunk-table.inactive-read-throughput.scale.in-cooldown
table_manager.chunk_tables_provisioning.inactive_read_scale.max_capacity
  -table-manager.chunk-table.inactive-read-throughput.scale.max-capacity
table_manager.chunk_tables_provisioning.inactive_read_scale.min_capacity
  -table-manager.chunk-table.inactive-read-throughput.scale.min-capacity
table_manager.chunk_tables_provisioning.inactive_read_scale.out_cooldown
  -table-manager.chunk-table.inactive-read-throughput.scale.out-cooldown
table_manager.chunk_tables_provisioning.inactive_read_scale.role_arn -table-manager.chunk-table.inactive-read-throughput.scale.role-arn
table_manager.chunk_tables_provisioning.inactive_read_scale.target -table-manager.chunk-table.inactive-read-throughput.scale.target-value
table_manager.chunk_tables_provisioning.inactive_read_scale_lastn -table-manager.chunk-table.inactive-read-throughput.scale-last-n
table_manager.chunk_tables_provisioning.inactive_read_throughput -table-manager.chunk-table.inactive-read-throughput
table_manager.chunk_tables_provisioning.inactive_write_scale.enabled -table-manager.chunk-table.inactive-write-throughput.scale.enabled b
table_manager.chunk_tables_provisioning.inactive_write_scale.in_cooldown
  -table-manager.chunk-table.inactive-write-throughput.scale.in-cooldown
table_manager.chunk_tables_provisioning.inactive_write_scale.max_capacity
  -table-manager.chunk-table.inactive-write-throughput.scale.max-capacity
table_manager.chunk_tables_provisioning.inactive_write_scale.min_capacity
  -table-manager.chunk-table.inactive-write-throughput.scale.min-capacity
table_manager.chunk_tables_provisioning.inactive_write_scale.out_cooldown
  -table-manager.chunk-table.inactive-write-throughput.scale.out-cooldown
table_manager.chunk_tables_provisioning.inactive_write_scale.role_arn -table-manager.chunk-table.inactive-write-throughput.scale.role-arn
table_manager.chunk_tables_provisioning.inactive_write_scale.target
  -table-manager.chunk-table.inactive-write-throughput.scale.target-value
table_manager.chunk_tables_provisioning.inactive_write_scale_lastn -table-manager.chunk-table.inactive-write-throughput.scale-last-n
table_manager.chunk_tables_provisioning.inactive_write_throughput -table-manager.chunk-table.inactive-write-throughput
table_manager.chunk_tables_provisioning.provisioned_read_throughput -table-manager.chunk-table.read-throughput
table_manager.chunk_tables_provisioning.provisioned_write_throughput -table-manager.chunk-table.write-throughput
table_manager.chunk_tables_provisioning.read_scale.enabled -table-manager.chunk-table.read-throughput.scale.enabled b
table_manager.chunk_tables_provisioning.read_scale.in_cooldown -table-manager.chunk-table.read-throughput.scale.in-cooldown
table_manager.chunk_tables_provisioning.read_scale.max_capacity -table-manager.chunk-table.read-throughput.scale.max-capacity
table_manager.chunk_tables_provisioning.read_scale.min_capacity -table-manager.chunk-table.read-throughput.scale.min-capacity
table_manager.chunk_tables_provisioning.read_scale.out_cooldown -table-manager.chunk-table.read-throughput.scale.out-cooldown
table_manager.chunk_tables_provisioning.read_scale.role_arn -table-manager.chunk-table.read-throughput.scale.role-arn
table_manager.chunk_tables_provisioning.read_scale.target -table-manager.chunk-table.read-throughput.scale.target-value
table_manager.chunk_tables_provisioning.write_scale.enabled -table-manager.chunk-table.write-throughput.scale.enabled b
table_manager.chunk_tables_provisioning.write_scale.in_cooldown -table-manager.chunk-table.write-throughput.scale.in-cooldown
table_manager.chunk_tables_provisioning.write_scale.max_capacity -table-manager.chunk-table.write-throughput.scale.max-capacity
table_manager.chunk_tables_provisioning.write_scale.min_capacity -table-manager.chunk-table.write-throughput.scale.min-capacity
table_manager.chunk_tables_provisioning.write_scale.out_cooldown -table-manager.chunk-table.write-throughput.scale.out-cooldown
table_manager.chunk_tables_provisioning.write_scale.role_arn -table-manager.chunk-table.write-throughput.scale.role-arn
table_manager.chunk_tables_provisioning.write_scale.target -table-manager.chunk-table.write-throughput.scale.target-value
table_manager.creation_grace_period -table-manager.periodic-table.grace-period
table_manager.index_tables_provisioning.enable_inactive_throughput_on_demand_mode
  -table-manager.index-table.inactive-enable-ondemand-throughput-mode b
table_manager.index_tables_provisioning.enable_ondemand_throughput_mode -table-manager.index-table.enable-ondemand-throughput-mode b
table_manager.index_tables_provisioning.inactive_read_scale.enabled -table-manager.index-table.inactive-read-throughput.scale.enabled b
table_manager.index_tables_provisioning.inactive_read_scale.in_cooldown
  -table-manager.index-table.inactive-read-throughput.scale.in-cooldown
table_manager.index_tables_provisioning.inactive_read_scale.max_capacity
  -table-manager.index-table.inactive-read-throughput.scale.max-capacity
table_manager.index_tables_provisioning.inactive_read_scale.min_capacity
  -table-manager.index-table.inactive-read-throughput.scale.min-capacity
table_manager.index_tables_provisioning.inactive_read_scale.out_cooldown
  -table-manager.index-table.inactive-read-throughput.scale.out-cooldown
table_manager.index_tables_provisioning.inactive_read_scale.role_arn -table-manager.index-table.inactive-read-throughput.scale.role-arn
table_manager.index_tables_provisioning.inactive_read_scale.target -table-manager.index-table.inactive-read-throughput.scale.target-value
table_manager.index_tables_provisioning.inactive_read_scale_lastn -table-manager.index-table.inactive-read-throughput.scale-last-n
table_manager.index_tables_provisioning.inactive_read_throughput -table-manager.index-table.inactive-read-throughput
table_manager.index_tables_provisioning.inactive_write_scale.enabled -table-manager.index-table.inactive-write-throughput.scale.enabled b
table_manager.index_tables_provisioning.inactive_write_scale.in_cooldown
  -table-manager.index-table.inactive-write-throughput.scale.in-cooldown
table_manager.index_tables_provisioning.inactive_write_scale.max_capacity
  -table-manager.index-table.inactive-write-throughput.scale.max-capacity
table_manager.index_tables_provisioning.inactive_write_scale.min_capacity
  -table-manager.index-table.inactive-write-throughput.scale.min-capacity
table_manager.index_tables_provisioning.inactive_write_scale.out_cooldown
  -table-manager.index-table.inactive-write-throughput.scale.out-cooldown
table_manager.index_tables_provisioning.inactive_write_scale.role_arn -table-manager.index-table.inactive-write-throughput.scale.role-arn
table_manager.index_tables_provisioning.inactive_write_scale.target
  -table-manager.index-table.inactive-write-throughput.scale.target-value
table_manager.index_tables_provisioning.inactive_write_scale_lastn -table-manager.index-table.inactive-write-throughput.scale-last-n
table_manager.index_tables_provisioning.inactive_write_throughput -table-manager.index-table.inactive-write-throughput
table_manager.index_tables_provisioning.provisioned_read_throughput -table-manager.index-table.read-throughput
table_manager.index_tables_provisioning.provisioned_write_throughput -table-manager.index-table.write-throughput
table_manager.index_tables_provisioning.read_scale.enabled -table-manager.index-table.read-throughput.scale.enabled b
table_manager.index_tables_provisioning.read_scale.in_cooldown -table-manager.index-table.read-throughput.scale.in-cooldown
table_manager.index_tables_provisioning.read_scale.max_capacity -table-manager.index-table.read-throughput.scale.max-capacity
table_manager.index_tables_provisioning.read_scale.min_capacity -table-manager.index-table.read-throughput.scale.min-capacity
table_manager.index_tables_provisioning.read_scale.out_cooldown -table-manager.index-table.read-throughput.scale.out-cooldown
table_manager.index_tables_provisioning.read_scale.role_arn -table-manager.index-table.read-throughput.scale.role-arn
table_manager.index_tables_provisioning.read_scale.target -table-manager.index-table.read-throughput.scale.target-value
table_manager.index_tables_provisioning.write_scale.enabled -table-manager.index-table.write-throughput.scale.enabled b
table_manager.index_tables_provisioning.write_scale.in_cooldown -table-manager.index-table.write-throughput.scale.in-cooldown
table_manager.index_tables_provisioning.write_scale.max_capacity -table-manager.index-table.write-throughput.scale.max-capacity
table_manager.index_tables_provisioning.write_scale.min_capacity -table-manager.index-table.write-throughput.scale.min-capacity
table_manager.index_tables_provisioning.write_scale.out_cooldown -table-manager.index-table.write-throughput.scale.out-cooldown
table_manager.index_tables_provisioning.write_scale.role_arn -table-manager.index-table.write-throughput.scale.role-arn
table_manager.index_tables_provisioning.write_scale.target -table-manager.index-table.write-throughput.scale.target-value
table_manager.poll_interval -table-manager.poll-interval
table_manager.retention_deletes_enabled -table-manager.retention-deletes-enabled b
table_manager.retention_period -table-manager.retention-period
table_manager.throughput_updates_disabled -table-manager.throughput-updates-disabled b
target -target
tenant_limits_allow_publish -limits.tenant-limits-allow-publish
tracing.enabled -tracing.enabled b
ui.debug -ui.debug b
ui.enabled -ui.enabled b
ui.goldfish.cell_a_namespace -ui.goldfish.cell-a-namespace
ui.goldfish.cell_b_namespace -ui.goldfish.cell-b-namespace
ui.goldfish.enable -ui.goldfish.enable b
ui.goldfish.grafana_url -ui.goldfish.grafana-url
ui.goldfish.logs_datasource_uid -ui.goldfish.logs-datasource-uid
ui.goldfish.results_backend -ui.goldfish.results-backend
ui.goldfish.results_bucket.*
ui.goldfish.storage.cloudsql_database -ui.goldfish.storage.cloudsql.database
ui.goldfish.storage.cloudsql_host -ui.goldfish.storage.cloudsql.host
ui.goldfish.storage.cloudsql_port -ui.goldfish.storage.cloudsql.port
ui.goldfish.storage.cloudsql_user -ui.goldfish.storage.cloudsql.user
ui.goldfish.storage.max_connections -ui.goldfish.max-connections
ui.goldfish.storage.max_idle_time_seconds -ui.goldfish.max-idle-time
ui.goldfish.storage.rds_database -ui.goldfish.storage.rds.database
ui.goldfish.storage.rds_endpoint -ui.goldfish.storage.rds.endpoint
ui.goldfish.storage.rds_user -ui.goldfish.storage.rds.user
ui.goldfish.storage.type -ui.goldfish.storage.type
ui.goldfish.traces_datasource_uid -ui.goldfish.traces-datasource-uid
ui.ring.heartbeat_period -ui.ring.heartbeat-period
ui.ring.heartbeat_timeout -ui.ring.heartbeat-timeout
ui.ring.instance_addr -ui.ring.instance-addr
ui.ring.instance_availability_zone -ui.ring.instance-availability-zone
ui.ring.instance_enable_ipv6 -ui.ring.instance-enable-ipv6 b
ui.ring.instance_id -ui.ring.instance-id
ui.ring.instance_interface_names -ui.ring.instance-interface-names
ui.ring.instance_port -ui.ring.instance-port
ui.ring.kvstore.consul.*
ui.ring.kvstore.etcd.*
ui.ring.kvstore.multi.mirror_enabled -ui.ring.multi.mirror-enabled b
ui.ring.kvstore.multi.mirror_timeout -ui.ring.multi.mirror-timeout
ui.ring.kvstore.multi.primary -ui.ring.multi.primary
ui.ring.kvstore.multi.secondary -ui.ring.multi.secondary
ui.ring.kvstore.prefix -ui.ring.prefix
ui.ring.kvstore.store -ui.ring.store
ui.ring.num_tokens -ui.ring.num-tokens
ui.ring.replication_factor -ui.ring.replication-factor
ui.ring.tokens_file_path -ui.ring.tokens-file-path
ui.ring.zone_awareness_enabled -ui.ring.zone-awareness-enabled b
verify)";

/// How the flags of settings end that Loki has in many places (caches, gRPC clients, object stores,
/// ring stores), each with the prefix of its place.
constexpr std::string_view kFlagEndings = R"(.azure.account-key
.azure.account-name
.azure.active-directory-endpoint
.azure.chunk-delimiter
.azure.client-id
.azure.client-secret
.azure.connection-string
.azure.container-name
.azure.download-buffer-count
.azure.download-buffer-size
.azure.endpoint-suffix
.azure.environment
.azure.max-retries
.azure.max-retry-delay
.azure.min-retry-delay
.azure.request-timeout
.azure.tenant-id
.azure.upload-buffer-size
.azure.use-federated-token b
.azure.use-managed-identity b
.azure.use-service-principal b
.azure.user-assigned-id
.background.write-back-buffer
.background.write-back-concurrency
.background.write-back-size-limit
.backoff-max-period
.backoff-min-period
.backoff-on-ratelimits b
.backoff-retries
.bos.access-key
.bos.access-key-id
.bos.bucket
.bos.bucket-name
.bos.endpoint
.bos.secret-access-key
.bos.secret-key
.cluster-validation.label
.connect-backoff-base-delay
.connect-backoff-max-delay
.connect-timeout
.consul.acl-token
.consul.cas-retry-delay
.consul.client-timeout
.consul.consistent-reads b
.consul.hostname
.consul.watch-burst-size
.consul.watch-rate-limit
.cos.access-key-id
.cos.api-key
.cos.auth-endpoint
.cos.buckets
.cos.cr-token-file-path
.cos.endpoint
.cos.force-path-style b
.cos.http.idle-conn-timeout
.cos.http.response-header-timeout
.cos.max-backoff
.cos.max-retries
.cos.min-backoff
.cos.region
.cos.secret-access-key
.cos.service-instance-id
.cos.trusted-profile-id
.cos.trusted-profile-name
.default-validity
.embedded-cache.enabled b
.embedded-cache.max-size-items
.embedded-cache.max-size-mb
.embedded-cache.ttl
.etcd.dial-timeout
.etcd.endpoints
.etcd.max-retries
.etcd.password
.etcd.tls-enabled b
.etcd.username
.filesystem.dir
.gcs.bucket-name
.gcs.bucketname
.gcs.chunk-buffer-size
.gcs.enable-http2 b
.gcs.enable-opencensus b
.gcs.enable-retries b
.gcs.endpoint
.gcs.max-retries
.gcs.request-timeout
.gcs.service-account
.grpc-client-rate-limit
.grpc-client-rate-limit-burst
.grpc-compression
.grpc-max-recv-msg-size
.grpc-max-send-msg-size
.initial-connection-window-size
.initial-stream-window-size
.memcached.addresses
.memcached.batchsize
.memcached.circuit-breaker-consecutive-failures
.memcached.circuit-breaker-interval
.memcached.circuit-breaker-timeout
.memcached.consistent-hash b
.memcached.expiration
.memcached.hostname
.memcached.max-idle-conns
.memcached.max-item-size
.memcached.parallelism
.memcached.service
.memcached.timeout
.memcached.tls-enabled b
.memcached.update-interval
.oss.access-key-id
.oss.access-key-secret
.oss.bucketname
.oss.conn-timeout-sec
.oss.endpoint
.oss.read-write-timeout-sec
.oss.secret-access-key
.redis.db
.redis.endpoint
.redis.expiration
.redis.idle-timeout
.redis.master-name
.redis.max-connection-age
.redis.password
.redis.pool-size
.redis.route-randomly b
.redis.timeout
.redis.tls-enabled b
.redis.tls-insecure-skip-verify b
.redis.username
.s3.access-key-id
.s3.bucket-lookup-type
.s3.bucket-name
.s3.buckets
.s3.chunk-delimiter
.s3.disable-dualstack b
.s3.dualstack-enabled b
.s3.endpoint
.s3.expect-continue-timeout
.s3.force-path-style b
.s3.http.ca-file
.s3.http.idle-conn-timeout
.s3.http.insecure-skip-verify b
.s3.http.response-header-timeout
.s3.http.timeout
.s3.http.tls-ca-path
.s3.http.tls-cert-path
.s3.http.tls-key-path
.s3.http.tls-server-name
.s3.insecure b
.s3.list-objects-version
.s3.max-backoff
.s3.max-connections-per-host
.s3.max-idle-connections
.s3.max-idle-connections-per-host
.s3.max-retries
.s3.min-backoff
.s3.native-aws-auth-enabled b
.s3.part-size
.s3.region
.s3.secret-access-key
.s3.send-content-md5 b
.s3.session-token
.s3.signature-version
.s3.sse.kms-encryption-context
.s3.sse.kms-key-id
.s3.sse.type
.s3.storage-class
.s3.sts-endpoint
.s3.tls-handshake-timeout
.s3.trace.enabled b
.s3.url
.storage-prefix
.swift.application-credential-id
.swift.application-credential-name
.swift.application-credential-secret
.swift.auth-url
.swift.auth-version
.swift.connect-timeout
.swift.container-name
.swift.domain-id
.swift.domain-name
.swift.expect-continue-timeout
.swift.http.idle-conn-timeout
.swift.http.insecure-skip-verify b
.swift.http.response-header-timeout
.swift.http.tls-ca-path
.swift.http.tls-cert-path
.swift.http.tls-key-path
.swift.http.tls-server-name
.swift.internal b
.swift.max-connections-per-host
.swift.max-idle-connections
.swift.max-idle-connections-per-host
.swift.max-retries
.swift.password
.swift.project-domain-id
.swift.project-domain-name
.swift.project-id
.swift.project-name
.swift.region-name
.swift.request-timeout
.swift.tls-handshake-timeout
.swift.user-domain-id
.swift.user-domain-name
.swift.user-id
.swift.username
.tls-ca-path
.tls-cert-path
.tls-cipher-suites
.tls-enabled b
.tls-insecure-skip-verify b
.tls-key-path
.tls-min-version
.tls-server-name)";

/// Calls `use` with each word.
template <class F>
void for_each_word(std::string_view table, F&& use) {
    constexpr std::string_view kSpace = " \n";
    while (true) {
        table.remove_prefix(std::min(table.find_first_not_of(kSpace), table.size()));
        if (table.empty()) return;
        const std::size_t end = std::min(table.find_first_of(kSpace), table.size());
        use(table.substr(0, end));
        table.remove_prefix(end);
    }
}

std::vector<ForeignKey> read_keys() {
    std::vector<ForeignKey> keys;
    for_each_word(kKeys, [&](std::string_view word) {
        if (word == "b") {
            keys.back().is_boolean = true;
        } else if (word.starts_with('-')) {
            keys.back().flag = word.substr(1);
        } else {
            keys.push_back({.path = word, .flag = {}});
        }
    });
    return keys;
}

}  // namespace

const std::vector<ForeignKey>& foreign_keys() {
    static const std::vector<ForeignKey> keys = read_keys();
    return keys;
}

bool is_foreign_key(std::string_view path) {
    const std::vector<ForeignKey>& keys = foreign_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const ForeignKey& each) {
        const std::string_view key = each.path;
        if (!key.ends_with(".*")) return key == path;
        const std::string_view folder = key.substr(0, key.size() - 2);
        return path == folder || (path.starts_with(folder) && path.size() > folder.size() &&
                                  path[folder.size()] == '.');
    });
}

bool is_foreign_section(std::string_view path) {
    const std::vector<ForeignKey>& keys = foreign_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const ForeignKey& key) {
        return key.path.starts_with(path) && key.path.size() > path.size() &&
               key.path[path.size()] == '.';
    });
}

std::optional<ForeignKey> find_foreign_flag(std::string_view flag) {
    for (const ForeignKey& key : foreign_keys()) {
        if (!key.flag.empty() && key.flag == flag) return key;
    }
    std::optional<ForeignKey> found;
    bool matched = false;
    for_each_word(kFlagEndings, [&](std::string_view word) {
        if (word == "b") {
            if (matched) found->is_boolean = true;
            return;
        }
        matched = flag.size() > word.size() && flag.ends_with(word);
        if (matched) found = ForeignKey{.path = {}, .flag = flag};
    });
    return found;
}

}  // namespace skald
