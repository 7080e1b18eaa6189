// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"

namespace skald {

void add_write_limits(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.text("limits_config.ingestion_rate_strategy", "distributor.ingestion-rate-limit-strategy",
           "Whether the rate is of one process or of all: the same while there is one process.",
           [](Config & c) -> auto& { return c.limits.ingestion_rate_strategy; },
           {"global", "local"});
    t.real(
        "limits_config.ingestion_rate_mb", "distributor.ingestion-rate-limit-mb",
        "MiB a second that a tenant may push.",
        [](Config & c) -> auto& { return c.limits.ingestion_rate_mb; });
    t.real(
        "limits_config.ingestion_burst_size_mb", "distributor.ingestion-burst-size-mb",
        "MiB that it may push at once.",
        [](Config & c) -> auto& { return c.limits.ingestion_burst_size_mb; });
    t.bytes(
        "limits_config.max_line_size", "distributor.max-line-size", "Longest line; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_line_size; });
    t.boolean(
        "limits_config.max_line_size_truncate", "distributor.max-line-size-truncate",
        "Cut longer lines instead of refusing them.",
        [](Config & c) -> auto& { return c.limits.max_line_size_truncate; });
    t.text(
        "limits_config.max_line_size_truncate_identifier",
        "distributor.max-line-size-truncate-identifier", "Appended to a cut line.",
        [](Config & c) -> auto& { return c.limits.max_line_size_truncate_identifier; });
    t.number(
        "limits_config.max_label_names_per_series", "validation.max-label-names-per-series",
        "Labels of a stream.",
        [](Config & c) -> auto& { return c.limits.max_label_names_per_series; }, 0, kCountMax);
    t.number(
        "limits_config.max_label_name_length", "validation.max-length-label-name",
        "Bytes of a label's name.",
        [](Config & c) -> auto& { return c.limits.max_label_name_length; }, 0, kCountMax);
    t.number(
        "limits_config.max_label_value_length", "validation.max-length-label-value",
        "Bytes of a label's value.",
        [](Config & c) -> auto& { return c.limits.max_label_value_length; }, 0, kCountMax);
    t.boolean(
        "limits_config.reject_old_samples", "validation.reject-old-samples",
        "Refuse lines older than reject_old_samples_max_age.",
        [](Config & c) -> auto& { return c.limits.reject_old_samples; });
    t.duration(
        "limits_config.reject_old_samples_max_age", "validation.reject-old-samples.max-age",
        "Oldest line that is taken.",
        [](Config & c) -> auto& { return c.limits.reject_old_samples_max_age; });
    t.duration(
        "limits_config.creation_grace_period", "validation.create-grace-period",
        "How far in the future a line's time may lie.",
        [](Config & c) -> auto& { return c.limits.creation_grace_period; });
    t.boolean(
        "limits_config.increment_duplicate_timestamp", "validation.increment-duplicate-timestamps",
        "Move different lines of equal time apart by a nanosecond.",
        [](Config & c) -> auto& { return c.limits.increment_duplicate_timestamp; });
    t.boolean(
        "limits_config.allow_structured_metadata", "validation.allow-structured-metadata",
        "Take structured metadata.",
        [](Config & c) -> auto& { return c.limits.allow_structured_metadata; });
    t.bytes(
        "limits_config.max_structured_metadata_size", "limits.max-structured-metadata-size",
        "Bytes of a line's metadata.",
        [](Config & c) -> auto& { return c.limits.max_structured_metadata_size; });
    t.number(
        "limits_config.max_structured_metadata_entries_count",
        "limits.max-structured-metadata-entries-count", "Pairs of a line's metadata.",
        [](Config & c) -> auto& { return c.limits.max_structured_metadata_entries_count; }, 0,
        kCountMax);
    t.list(
        "limits_config.discover_service_name", "validation.discover-service-name",
        "Labels that may give service_name, first hit wins; empty: off.",
        [](Config & c) -> auto& { return c.limits.discover_service_name; });
    t.boolean(
        "limits_config.discover_log_levels", "validation.discover-log-levels",
        "Add detected_level to each line.",
        [](Config & c) -> auto& { return c.limits.discover_log_levels; });
    t.list(
        "limits_config.log_level_fields", "validation.log-level-fields",
        "Where a level is looked for.",
        [](Config & c) -> auto& { return c.limits.log_level_fields; });
    t.number(
        "limits_config.log_level_from_json_max_depth", "validation.log-level-from-json-max-depth",
        "How deep in a JSON line; 0: any depth.",
        [](Config & c) -> auto& { return c.limits.log_level_from_json_max_depth; }, 0, 1000);
    t.yaml(
        "limits_config.discover_generic_fields.fields", "map of lists",
        "Metadata to add to lines: {name: [field, …]}; the value of the first field that is among "
        "the stream's labels, the line's metadata, its JSON (`a.b`: b in the object a) or logfmt.",
        [](Config & c) -> auto& { return c.limits.discover_generic_fields; }, parse_generic_fields,
        policy_labels_text);
    t.bytes(
        "limits_config.per_stream_rate_limit", "ingester.per-stream-rate-limit",
        "Bytes a second of one stream.",
        [](Config & c) -> auto& { return c.limits.per_stream_rate_limit; });
    t.bytes(
        "limits_config.per_stream_rate_limit_burst", "ingester.per-stream-rate-limit-burst",
        "Bytes of one stream at once.",
        [](Config & c) -> auto& { return c.limits.per_stream_rate_limit_burst; });
    t.number(
        "limits_config.max_streams_per_user", "ingester.max-streams-per-user",
        "Active streams of a tenant on one ingester; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_streams_per_user; }, 0, kCountMax);
    t.number(
        "limits_config.max_global_streams_per_user", "ingester.max-global-streams-per-user",
        "Active streams of a tenant; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_global_streams_per_user; }, 0, kCountMax);
    t.boolean(
        "limits_config.unordered_writes", "ingester.unordered-writes",
        "Lines of a stream may arrive in any order.",
        [](Config & c) -> auto& { return c.limits.unordered_writes; });
    t.list(
        "limits_config.enforced_labels", "validation.enforced-labels",
        "Labels that a stream must have.",
        [](Config & c) -> auto& { return c.limits.enforced_labels; });
}

void add_policy_limits(KeyTable& t) {
    t.time(
        "limits_config.block_ingestion_until", "limits.block-ingestion-until",
        "Until then pushes are refused; 0: they are not.",
        [](Config & c) -> auto& { return c.limits.block_ingestion_until; });
    t.number(
        "limits_config.block_ingestion_status_code", "limits.block-ingestion-status-code",
        "Status of refused pushes; 200: they are dropped without a word.",
        [](Config & c) -> auto& { return c.limits.block_ingestion_status_code; }, 200, 599);
    t.yaml(
        "limits_config.policy_stream_mapping", "map of rules",
        "Which streams are under which policy: {policy: [{selector, priority}]}; the highest "
        "priority decides.",
        [](Config & c) -> auto& { return c.limits.policies.rules; }, parse_policy_rules,
        policy_rules_text);
    t.yaml(
        "limits_config.policy_enforced_labels", "map of lists",
        "Labels that streams of a policy must have, beside enforced_labels; policy \"*\": all "
        "streams.",
        [](Config & c) -> auto& { return c.limits.policies.enforced_labels; }, parse_policy_labels,
        policy_labels_text);
    t.yaml(
        "limits_config.block_ingestion_policy_until", "map of times",
        "Until when pushes to streams of a policy are refused; policy \"*\": streams of policies "
        "that are not named here, and of none.",
        [](Config & c) -> auto& { return c.limits.policies.blocked_until; }, parse_policy_times,
        policy_times_text);
}

void add_pattern_limits(KeyTable& t) {
    t.list(
        "limits_config.pattern_ingester_tokenizable_json_fields_default",
        "limits.pattern-ingester-tokenizable-json-fields",
        "Members of JSON lines whose texts are messages: patterns tell their words apart.",
        [](Config & c) -> auto& {
            return c.limits.pattern_ingester_tokenizable_json_fields_default;
        });
    t.list(
        "limits_config.pattern_ingester_tokenizable_json_fields_append",
        "limits.pattern-ingester-tokenizable-json-fields-append", "More of them.",
        [](Config & c) -> auto& {
            return c.limits.pattern_ingester_tokenizable_json_fields_append;
        });
    t.list(
        "limits_config.pattern_ingester_tokenizable_json_fields_delete",
        "limits.pattern-ingester-tokenizable-json-fields-delete", "Which of them are none.",
        [](Config & c) -> auto& {
            return c.limits.pattern_ingester_tokenizable_json_fields_delete;
        });
}

void add_otlp_limits(KeyTable& t) {
    t.list(
        "distributor.otlp_config.default_resource_attributes_as_index_labels",
        "distributor.otlp.default_resource_attributes_as_index_labels",
        "Resource attributes of OpenTelemetry that become labels of the stream.",
        [](Config & c) -> auto& { return c.limits.otlp_config.default_index_attributes; });
    t.boolean(
        "limits_config.otlp_config.resource_attributes.ignore_defaults",
        "otlp.resource-attributes.ignore-defaults",
        "Only attributes_config decides about resource attributes, not the list above.",
        [](Config & c) -> auto& { return c.limits.otlp_config.ignore_defaults; });
    t.rules(
        "limits_config.otlp_config.resource_attributes.attributes_config",
        "otlp.resource-attributes",
        "What becomes of resource attributes: {action, attributes or regex}; the first match "
        "decides.",
        [](Config & c) -> auto& { return c.limits.otlp_config.resource_rules; }, true);
    t.rules(
        "limits_config.otlp_config.scope_attributes", "otlp.scope-attributes",
        "The same for attributes of scopes, which can't be index_label.",
        [](Config & c) -> auto& { return c.limits.otlp_config.scope_rules; }, false);
    t.rules(
        "limits_config.otlp_config.log_attributes", "otlp.log-attributes",
        "The same for attributes of records.",
        [](Config & c) -> auto& { return c.limits.otlp_config.log_rules; }, true);
    t.boolean(
        "limits_config.otlp_config.severity_text_as_label", "otlp.severity-text-as-label",
        "Make a label of a record's severity text.",
        [](Config & c) -> auto& { return c.limits.otlp_config.severity_text_as_label; });
}

void add_retention_limits(KeyTable& t) {
    t.duration(
        "limits_config.retention_period", "store.retention",
        "Lines older than this are hidden at once and removed later; 0: kept for ever.",
        [](Config & c) -> auto& { return c.limits.retention_period; });
    t.retention_rules(
        "limits_config.retention_stream",
        "Other periods for some streams: {selector, priority, period of at least 24h}; the highest "
        "priority wins, then the shortest period.",
        [](Config & c) -> auto& { return c.limits.retention_stream; });
    t.text("limits_config.deletion_mode", "compactor.deletion-mode",
           "What becomes of lines that a delete request takes: hidden and removed, only hidden, or "
           "no requests at all.",
           [](Config & c) -> auto& { return c.limits.deletion_mode; },
           {std::string(kDeletionDisabled), std::string(kDeletionFilterOnly),
            std::string(kDeletionFull)});
}

}  // namespace skald
