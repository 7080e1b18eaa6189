// SPDX-License-Identifier: Apache-2.0
#include "refusals.h"

#include "schema_check.h"

#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace skald {

namespace {

bool is_ring_store(std::string_view path) {
    return path.ends_with("kvstore.store") && !path.starts_with("ingester.kafka_ingestion.");
}

bool is_cloud_section(std::string_view path) {
    static constexpr std::array<std::string_view, 6> kStores = {"gcs", "azure",        "swift",
                                                                "bos", "alibabacloud", "cos"};
    static constexpr std::string_view kPrefix = "common.storage.";
    if (path.ends_with(".*")) path.remove_suffix(2);
    if (!path.starts_with(kPrefix)) return false;
    return std::find(kStores.begin(), kStores.end(), path.substr(kPrefix.size())) != kStores.end();
}

bool holds_something(const YAML::Node& value) {
    if (value.IsNull()) return false;
    if (value.IsScalar()) return !value.Scalar().empty();
    return value.size() > 0;
}

bool is_other_store(const YAML::Node& value) {
    return value.IsScalar() && !value.Scalar().empty() && value.Scalar() != "inmemory";
}
bool is_true(const YAML::Node& value) {
    return value.IsScalar() && value.Scalar() == "true";
}
bool is_false(const YAML::Node& value) {
    return value.IsScalar() && value.Scalar() == "false";
}

/// A key whose value may ask for too much.
struct Rule {
    bool (*covers)(std::string_view path);
    bool (*refuses)(const YAML::Node& value);
    std::string_view when;  ///< For people: which values.
    std::string_view why;
};

constexpr std::array<Rule, 7> kRules = {{
    {is_ring_store, is_other_store, "anything but inmemory",
     "this version runs as one process; write inmemory"},
    {[](std::string_view path) { return path == "memberlist.join_members"; }, holds_something,
     "any member", "clusters are not served: this version runs as one process; remove the members"},
    {is_cloud_section, holds_something, "any setting",
     "this object store is not served; use common.storage.filesystem or common.storage.s3"},
    {[](std::string_view path) { return path == "storage_config.use_thanos_objstore"; }, is_true,
     "true", "write the bucket below common.storage.s3 or storage_config.aws; remove the key"},
    {[](std::string_view path) { return path == "ruler.enable_alertmanager_discovery"; }, is_true,
     "true", "Alertmanagers are not looked up; write their addresses in ruler.alertmanager_url"},
    {[](std::string_view path) {
         return path == "ingester.kafka_ingestion.enabled" ||
                path == "distributor.kafka_writes_enabled";
     },
     is_true, "true", "Kafka is not served; write false"},
    {[](std::string_view path) { return path == "distributor.ingester_writes_enabled"; }, is_false,
     "false", "lines go to the ingester and nowhere else; write true"},
}};

const Rule* find_rule(std::string_view path) {
    const auto* const found = std::find_if(kRules.begin(), kRules.end(),
                                           [&](const Rule& rule) { return rule.covers(path); });
    return found == kRules.end() ? nullptr : found;
}

constexpr std::string_view kSchema = kSchemaPeriods;

}  // namespace

std::vector<ConfigProblem> refusals(const std::string& path, const YAML::Node& value) {
    if (path == kSchema) return check_schema_periods(value);
    const Rule* rule = find_rule(path);
    if (rule == nullptr || !rule->refuses(value)) return {};
    std::string text = path + ": ";
    if (value.IsScalar() && rule->refuses == is_other_store)
        text += go_quote(value.Scalar()) + " is not served: ";
    text += rule->why;
    return {{static_cast<std::size_t>(value.Mark().line) + 1, std::move(text)}};
}

std::string refusal_text(std::string_view path) {
    if (path == std::string(kSchema) + ".*")
        return "error for periods that Loki refuses and for object stores other than filesystem "
               "and s3; "
               "the last period's object store is where segments are; else accepted with a warning";
    const Rule* rule = find_rule(path);
    if (rule == nullptr) return {};
    return "error for " + std::string(rule->when) + ": " + std::string(rule->why);
}

}  // namespace skald
