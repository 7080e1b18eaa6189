// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/model/blocked_query.h>
#include <skald/foundation/model/otlp_config.h>
#include <skald/foundation/model/remote_write.h>
#include <skald/foundation/model/retention.h>
#include <skald/foundation/model/stream_policy.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald {

/// What one tenant may do. Field names are the keys of Loki's `limits_config`, defaults are Loki's;
/// sizes in bytes, times in nanoseconds, 0 = no limit unless said otherwise.
struct Limits {
    // Writes.
    std::string ingestion_rate_strategy = "global";
    double ingestion_rate_mb = 4;
    double ingestion_burst_size_mb = 6;
    std::uint64_t max_line_size = 256 * kKiB;
    bool max_line_size_truncate = false;
    std::string max_line_size_truncate_identifier;
    std::uint32_t max_label_names_per_series = 15;
    std::uint32_t max_label_name_length = 1024;
    std::uint32_t max_label_value_length = 2048;
    bool reject_old_samples = true;
    DurationNs reject_old_samples_max_age = 7 * kNanosPerDay;
    DurationNs creation_grace_period = 10 * kNanosPerMinute;
    bool increment_duplicate_timestamp = false;
    bool allow_structured_metadata = true;
    std::uint64_t max_structured_metadata_size = 64 * kKiB;
    std::uint32_t max_structured_metadata_entries_count = 128;
    std::vector<std::string> discover_service_name = {"service",
                                                      "app",
                                                      "application",
                                                      "app_name",
                                                      "name",
                                                      "app_kubernetes_io_name",
                                                      "container",
                                                      "container_name",
                                                      "k8s_container_name",
                                                      "component",
                                                      "workload",
                                                      "job",
                                                      "k8s_job_name"};
    bool discover_log_levels = true;
    std::vector<std::string> log_level_fields = {
        "level",    "LEVEL",         "Level",         "log.level",    "severity",
        "SEVERITY", "Severity",      "SeverityText",  "lvl",          "LVL",
        "Lvl",      "severity_text", "Severity_Text", "SEVERITY_TEXT"};
    std::int32_t log_level_from_json_max_depth = 2;
    /// Names of metadata and where their values are looked for (`discover_generic_fields.fields`).
    std::map<std::string, std::vector<std::string>> discover_generic_fields;
    std::uint64_t per_stream_rate_limit = 3 * kMiB;
    std::uint64_t per_stream_rate_limit_burst = 15 * kMiB;
    std::uint32_t max_streams_per_user = 0;
    std::uint32_t max_global_streams_per_user = 5000;
    bool unordered_writes = true;
    std::vector<std::string> enforced_labels;
    PolicyConfig policies;
    TimeNs block_ingestion_until = 0;
    std::uint32_t block_ingestion_status_code = 260;
    OtlpConfig otlp_config;

    // Reads.
    std::uint32_t max_entries_limit_per_query = 5000;
    std::uint32_t max_query_series = 500;
    std::uint32_t max_streams_matchers_per_query = 1000;
    std::uint32_t max_concurrent_tail_requests = 10;
    DurationNs max_query_length = 721 * kNanosPerHour;
    DurationNs max_query_lookback = 0;
    DurationNs max_query_range = 0;
    DurationNs query_timeout = kNanosPerMinute;
    DurationNs split_queries_by_interval = kNanosPerHour;
    DurationNs max_cache_freshness_per_query = 10 * kNanosPerMinute;
    std::uint32_t max_query_parallelism = 32;
    std::uint64_t max_query_bytes_read = 0;
    std::uint64_t max_querier_bytes_read = 150 * kGiB;
    std::vector<std::string> required_labels;
    std::uint32_t minimum_labels_number = 0;
    std::vector<BlockedQuery> blocked_queries;
    bool volume_enabled = true;
    std::uint32_t volume_max_series = 1000;

    // Rules.
    std::uint32_t ruler_max_rules_per_rule_group = 0;
    std::uint32_t ruler_max_rule_groups_per_tenant = 0;
    /// The tenant's own Alertmanagers instead of those of `ruler`; without an address there are
    /// none.
    std::optional<AlertmanagerSettings> ruler_alertmanager_config;
    bool ruler_remote_write_disabled = false;
    std::string ruler_remote_write_url;
    DurationNs ruler_remote_write_timeout = 0;
    HttpHeaders ruler_remote_write_headers;
    /// Instead of those of every client; an empty list is none.
    std::optional<RelabelRules> ruler_remote_write_relabel_configs;
    std::vector<RemoteWriteClient> ruler_remote_write_config;

    // Patterns.
    std::vector<std::string> pattern_ingester_tokenizable_json_fields_default = {
        "log", "message", "msg", "msg_", "_msg", "content"};
    std::vector<std::string> pattern_ingester_tokenizable_json_fields_append;
    std::vector<std::string> pattern_ingester_tokenizable_json_fields_delete;

    // Keeping.
    DurationNs retention_period = 0;
    std::vector<RetentionRule> retention_stream;
    /// One of the three below.
    std::string deletion_mode = "filter-and-delete";
};

/// What `deletion_mode` makes of delete requests: none are taken; their lines are hidden; their
/// lines are hidden and later removed.
inline constexpr std::string_view kDeletionDisabled = "disabled";
inline constexpr std::string_view kDeletionFilterOnly = "filter-only";
inline constexpr std::string_view kDeletionFull = "filter-and-delete";

/// Answers "what may this tenant do now?". Threading: thread-safe; the answer is an immutable
/// snapshot that stays valid while it is held (shared: it may be replaced by a reload meanwhile).
class LimitsSource {
public:
    virtual ~LimitsSource() = default;
    virtual std::shared_ptr<const Limits> of(const TenantId& tenant) const = 0;
};

/// The same limits for everybody.
class FixedLimits final : public LimitsSource {
public:
    explicit FixedLimits(Limits limits)
        : limits_(std::make_shared<const Limits>(std::move(limits))) {}
    std::shared_ptr<const Limits> of(const TenantId&) const override { return limits_; }

private:
    std::shared_ptr<const Limits> limits_;
};

}  // namespace skald
