// SPDX-License-Identifier: Apache-2.0
#include "drilldown_limits.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <vector>

namespace skald::api {

namespace {

enum class Format { kJson, kYaml };

/// The members of one object, in the order of the calls.
class MemberWriter {
public:
    explicit MemberWriter(Format format) : format_(format) {}

    void text(std::string_view name, std::string_view value) {
        begin(name);
        append_text(value);
        end();
    }
    void raw(std::string_view name, std::string_view value) {
        begin(name);
        out_ += value;
        end();
    }
    void number(std::string_view name, std::uint64_t value) { raw(name, std::to_string(value)); }
    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
    void duration(std::string_view name, DurationNs value) {
        text(name, format_prometheus_duration(value));
    }
    void list(std::string_view name, const std::vector<std::string>& values) {
        begin(name);
        out_.push_back('[');
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) out_ += format_ == Format::kJson ? "," : ", ";
            append_text(values[i]);
        }
        out_.push_back(']');
        end();
    }
    std::string take() { return format_ == Format::kJson ? "{" + out_ + "}" : out_; }

private:
    void begin(std::string_view name) {
        if (format_ == Format::kYaml) {
            out_ += name;
            out_ += ": ";
            return;
        }
        if (!out_.empty()) out_.push_back(',');
        append_json_string(out_, name);
        out_.push_back(':');
    }
    void end() {
        if (format_ == Format::kYaml) out_.push_back('\n');
    }
    /// A JSON string is a YAML string, too.
    void append_text(std::string_view value) { append_json_string(out_, value); }

    Format format_;
    std::string out_;
};

/// `[{"action":…,"attributes":[…]},…]`; `first` is a rule before the others.
std::string rules_json(const std::vector<OtlpRule>& rules, std::string_view first = {}) {
    std::string out = "[" + std::string(first);
    for (const OtlpRule& rule : rules) {
        if (out.size() > 1) out.push_back(',');
        MemberWriter member(Format::kJson);
        member.text("action", to_string(rule.action));
        if (!rule.attributes.empty()) member.list("attributes", rule.attributes);
        if (rule.regex) member.text("regex", rule.regex->value());
        out += member.take();
    }
    return out + "]";
}

std::string otlp_config_json(const OtlpConfig& config) {
    // The defaults are shown as the rule that they are.
    std::string defaults;
    if (!config.ignore_defaults) {
        MemberWriter member(Format::kJson);
        member.text("action", to_string(OtlpAction::kIndexLabel));
        member.list("attributes", config.default_index_attributes);
        defaults = member.take();
    }
    MemberWriter resource(Format::kJson);
    resource.flag("ignore_defaults", true);
    resource.raw("attributes_config", rules_json(config.resource_rules, defaults));
    MemberWriter all(Format::kJson);
    all.raw("resource_attributes", resource.take());
    if (!config.scope_rules.empty()) all.raw("scope_attributes", rules_json(config.scope_rules));
    if (!config.log_rules.empty()) all.raw("log_attributes", rules_json(config.log_rules));
    all.flag("severity_text_as_label", config.severity_text_as_label);
    return all.take();
}

std::string retention_json(const std::vector<RetentionRule>& rules) {
    std::string out = "[";
    for (const RetentionRule& rule : rules) {
        if (out.size() > 1) out.push_back(',');
        MemberWriter member(Format::kJson);
        member.text("period", format_prometheus_duration(rule.period));
        member.raw("priority", std::to_string(rule.priority));
        member.text("selector", rule.selector);
        out += member.take();
    }
    return out + "]";
}

/// What is nested is written as JSON in both formats: that is YAML, too.
std::string published_limits(const Limits& limits, Format format) {
    MemberWriter inner(format);
    inner.flag("discover_log_levels", limits.discover_log_levels);
    inner.list("discover_service_name", limits.discover_service_name);
    inner.list("log_level_fields", limits.log_level_fields);
    inner.number("max_entries_limit_per_query", limits.max_entries_limit_per_query);
    inner.flag("max_line_size_truncate", limits.max_line_size_truncate);
    inner.text("max_query_bytes_read", format_byte_size(limits.max_query_bytes_read));
    inner.duration("max_query_length", limits.max_query_length);
    inner.duration("max_query_lookback", limits.max_query_lookback);
    inner.duration("max_query_range", limits.max_query_range);
    inner.number("max_query_series", limits.max_query_series);
    inner.flag("metric_aggregation_enabled", false);
    inner.raw("otlp_config", otlp_config_json(limits.otlp_config));
    inner.flag("pattern_persistence_enabled", false);
    inner.duration("query_timeout", limits.query_timeout);
    inner.duration("retention_period", limits.retention_period);
    inner.raw("retention_stream", retention_json(limits.retention_stream));
    inner.flag("volume_enabled", limits.volume_enabled);
    inner.number("volume_max_series", limits.volume_max_series);
    return inner.take();
}

}  // namespace

std::string drilldown_limits_json(const Limits& limits, const DrilldownFeatures& features) {
    const std::string& version = features.version;
    MemberWriter outer(Format::kJson);
    outer.raw("limits", published_limits(limits, Format::kJson));
    outer.flag("pattern_ingester_enabled", features.patterns);
    outer.text("version", version.starts_with('v') ? version : "v" + version);
    return outer.take() + "\n";
}

std::string tenant_limits_yaml(const Limits& limits) {
    return published_limits(limits, Format::kYaml);
}

}  // namespace skald::api
