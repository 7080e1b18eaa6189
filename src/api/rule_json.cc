// SPDX-License-Identifier: Apache-2.0
#include "rule_json.h"

#include <skald/foundation/model/json_string.h>
#include <skald/foundation/model/text.h>

#include <array>
#include <charconv>
#include <cmath>

namespace skald::api {

namespace {

/// Go's zero time: not evaluated yet.
std::string time_text(TimeNs time) {
    return time == 0 ? "0001-01-01T00:00:00Z" : format_rfc3339_nano(time);
}

/// Go's strconv.FormatFloat(value, 'e', -1, 64).
std::string exponent_text(double value) {
    if (!std::isfinite(value)) return format_float(value);
    std::array<char, 40> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
    return {text.data(), end.ptr};
}

/// Writes the members of an object.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
    void text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out_, value);
    }
    void raw(std::string_view name, std::string_view value) {
        key(name);
        out_ += value;
    }
    void end() { out_ += '}'; }

private:
    void key(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        append_json_string(out_, name);
        out_ += ':';
    }

    std::string& out_;
    bool first_ = true;
};

std::string map_json(const std::map<std::string, std::string>& map) {
    std::string out;
    ObjectWriter object(out);
    for (const auto& [name, value] : map) object.text(name, value);
    object.end();
    return out;
}

std::string labels_json(const Labels& labels) {
    std::string out;
    ObjectWriter object(out);
    for (std::size_t i = 0; i < labels.size(); ++i) object.text(labels[i].name, labels[i].value);
    object.end();
    return out;
}

std::string alert_json(const read::Alert& alert) {
    std::string out;
    ObjectWriter object(out);
    object.raw("labels", labels_json(alert.labels));
    object.raw("annotations", map_json(alert.annotations));
    object.text("state", read::to_string(alert.state));
    object.text("activeAt", time_text(alert.active_at));
    object.text("value", exponent_text(alert.value));
    object.end();
    return out;
}

template <class Items, class Json>
std::string array_json(const Items& items, Json json) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += json(item);
    }
    return out + "]";
}

double seconds_of(DurationNs time) {
    return static_cast<double>(time) / static_cast<double>(kNanosPerSecond);
}

std::string rule_json(const read::RuleStatus& status) {
    std::string out;
    ObjectWriter object(out);
    const bool is_alert = status.rule.is_alert();
    if (is_alert) object.text("state", read::to_string(status.state));
    object.text("name", status.rule.name());
    object.text("query", status.query);
    if (is_alert) {
        object.raw("duration", format_float(seconds_of(status.rule.hold)));
        if (status.rule.keep_firing > 0)
            object.raw("keepFiringFor", format_float(seconds_of(status.rule.keep_firing)));
    }
    object.raw("labels", map_json(status.rule.labels));
    if (is_alert) {
        object.raw("annotations", map_json(status.rule.annotations));
        object.raw("alerts", array_json(status.alerts, alert_json));
    }
    object.text("health", status.health);
    object.text("lastError", status.last_error);
    object.text("type", is_alert ? "alerting" : "recording");
    object.text("lastEvaluation", time_text(status.last_evaluation));
    object.raw("evaluationTime", format_float(status.seconds));
    object.end();
    return out;
}

std::string group_json(const read::RuleGroupStatus& group) {
    std::string out;
    ObjectWriter object(out);
    object.text("name", group.name);
    object.text("file", group.file);
    object.raw("rules", array_json(group.rules, rule_json));
    object.raw("interval", format_float(seconds_of(group.interval)));
    object.raw("limit", std::to_string(group.limit));
    object.text("lastEvaluation", time_text(group.last_evaluation));
    object.raw("evaluationTime", format_float(group.seconds));
    object.end();
    return out;
}

}  // namespace

std::string ruler_success_json(const std::string& data) {
    return "{\"status\":\"success\",\"data\":" + data + ",\"errorType\":\"\",\"error\":\"\"}";
}

std::string rule_groups_json(const std::vector<read::RuleGroupStatus>& groups) {
    return "{\"groups\":" + array_json(groups, group_json) + "}";
}

std::string alerts_json(const std::vector<read::RuleGroupStatus>& groups) {
    std::vector<read::Alert> alerts;
    for (const auto& group : groups)
        for (const auto& rule : group.rules)
            alerts.insert(alerts.end(), rule.alerts.begin(), rule.alerts.end());
    return "{\"alerts\":" + array_json(alerts, alert_json) + "}";
}

}  // namespace skald::api
