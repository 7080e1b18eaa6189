// SPDX-License-Identifier: Apache-2.0
#include "drilldown_limits.h"

#include "query_json.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <vector>

namespace skald::api {

namespace {

/// Members of one object, in the order of the calls.
class MemberWriter {
public:
    void text(std::string_view name, std::string_view value) {
        begin(name);
        append_json_string(out_, value);
    }
    void raw(std::string_view name, std::string_view value) {
        begin(name);
        out_ += value;
    }
    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
    void duration(std::string_view name, DurationNs value) {
        text(name, format_prometheus_duration(value));
    }
    void list(std::string_view name, const std::vector<std::string>& values) {
        begin(name);
        out_.push_back('[');
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) out_.push_back(',');
            append_json_string(out_, values[i]);
        }
        out_.push_back(']');
    }
    std::string take() { return "{" + out_ + "}"; }

private:
    void begin(std::string_view name) {
        if (!out_.empty()) out_.push_back(',');
        append_json_string(out_, name);
        out_.push_back(':');
    }
    std::string out_;
};

}  // namespace

std::string drilldown_limits_json(const Limits& limits, std::string_view version) {
    MemberWriter inner;
    inner.flag("discover_log_levels", limits.discover_log_levels);
    inner.list("discover_service_name", limits.discover_service_name);
    inner.list("log_level_fields", limits.log_level_fields);
    inner.raw("max_entries_limit_per_query", std::to_string(limits.max_entries_limit_per_query));
    inner.flag("max_line_size_truncate", limits.max_line_size_truncate);
    inner.text("max_query_bytes_read", format_byte_size(0));
    inner.duration("max_query_length", limits.max_query_length);
    inner.duration("max_query_lookback", limits.max_query_lookback);
    inner.duration("max_query_range", limits.max_query_range);
    inner.raw("max_query_series", std::to_string(limits.max_query_series));
    inner.flag("metric_aggregation_enabled", false);
    inner.flag("pattern_persistence_enabled", false);
    inner.duration("query_timeout", limits.query_timeout);
    inner.duration("retention_period", limits.retention_period);
    inner.flag("volume_enabled", false);
    inner.raw("volume_max_series", std::to_string(limits.volume_max_series));
    MemberWriter outer;
    outer.raw("limits", inner.take());
    outer.flag("pattern_ingester_enabled", false);
    outer.text("version",
               version.starts_with('v') ? std::string(version) : "v" + std::string(version));
    return outer.take() + "\n";
}

}  // namespace skald::api
