// SPDX-License-Identifier: Apache-2.0
#include "alertmanager_rules.h"

#include "key_table.h"
#include "relabel_rules.h"

#include <skald/foundation/model/http_target.h>
#include <skald/foundation/model/split.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <utility>

namespace skald {

namespace {

constexpr std::size_t kUrlsMax = 16;
constexpr std::int64_t kQueueMax = 10'000'000;
constexpr const char* kHidden = "********";

/// What Loki has beside the settings that are served.
constexpr std::array<std::string_view, 5> kUnused = {
    "alertmanager_refresh_interval", "external_url", "external_labels",
    "alertmanager_client.tls_cipher_suites", "alertmanager_client.tls_min_version"};

bool is_unused(std::string_view key) {
    return std::find(kUnused.begin(), kUnused.end(), key) != kUnused.end();
}

Error wrong(std::string text) {
    return {ErrorCode::kInvalidArgument, std::move(text)};
}

Result<std::string> text_of(const std::string& key, const YAML::Node& value) {
    if (!value.IsScalar()) return wrong(key + ": must be text");
    return value.Scalar();
}

Result<bool> boolean_of(const std::string& key, const YAML::Node& value) {
    SKALD_TRY(const std::string text, text_of(key, value));
    if (text != "true" && text != "false")
        return wrong(key + ": " + bad_value("true or false", text).message);
    return text == "true";
}

/// Calls `take(key, value)` for each setting that has a value and a meaning.
template <class Take>
Result<void> each_setting(const YAML::Node& map, const std::string& section, Take take) {
    if (!map.IsMap()) return wrong(section + "must be a map of settings");
    for (const auto& item : map) {
        const std::string key = item.first.IsScalar() ? item.first.Scalar() : std::string();
        const std::string prefix = section.empty() ? "" : "alertmanager_client.";
        if (item.second.IsNull() || is_unused(prefix + key)) continue;
        SKALD_CHECK(take(prefix + key, item.second));
    }
    return {};
}

Result<void> read_client_setting(const std::string& key, const YAML::Node& value,
                                 AlertmanagerSettings& settings) {
    const std::pair<std::string_view, std::string*> texts[] = {
        {"alertmanager_client.basic_auth_username", &settings.user},
        {"alertmanager_client.basic_auth_password", &settings.password},
        {"alertmanager_client.type", &settings.credentials_type},
        {"alertmanager_client.credentials", &settings.credentials},
        {"alertmanager_client.credentials_file", &settings.credentials_file},
        {"alertmanager_client.tls_cert_path", &settings.tls.cert_file},
        {"alertmanager_client.tls_key_path", &settings.tls.key_file},
        {"alertmanager_client.tls_ca_path", &settings.tls.ca_file},
        {"alertmanager_client.tls_server_name", &settings.tls.server_name},
    };
    for (const auto& [name, field] : texts) {
        if (key != name) continue;
        SKALD_TRY(*field, text_of(key, value));
        return {};
    }
    if (key != "alertmanager_client.tls_insecure_skip_verify")
        return wrong(key + ": no such setting");
    SKALD_TRY(settings.tls.insecure_skip_verify, boolean_of(key, value));
    return {};
}

Result<void> check_client(const AlertmanagerSettings& settings) {
    for (const std::string* text : {&settings.credentials_type, &settings.credentials})
        if (text->find_first_of("\r\n") != std::string::npos)
            return wrong("alertmanager_client: no header can look like that");
    if (settings.tls.cert_file.empty() != settings.tls.key_file.empty())
        return wrong("alertmanager_client: tls_cert_path and tls_key_path need each other");
    return {};
}

Result<std::vector<std::string>> urls_of(const std::string& text) {
    std::vector<std::string> urls = split_alertmanager_urls(text);
    if (urls.size() > kUrlsMax)
        return wrong("alertmanager_url: there are more than " + std::to_string(kUrlsMax));
    for (const std::string& url : urls)
        if (const auto target = parse_http_target(url); !target)
            return wrong("alertmanager_url: " + target.error().message);
    return urls;
}

/// What is read: the settings, and two that are only looked at in the end.
struct Reading {
    AlertmanagerSettings settings;
    bool sends = true;
};

Result<void> read_number_or_time(const std::string& key, const YAML::Node& value,
                                 AlertmanagerSettings& settings) {
    SKALD_TRY(const std::string text, text_of(key, value));
    if (key == "notification_timeout") {
        Result<DurationNs> timeout = parse_prometheus_duration(text);
        if (!timeout) timeout = parse_go_duration(text);
        if (!timeout || *timeout < kNanosPerMilli)
            return wrong(key + ": " + bad_value("a duration of at least 1ms", text).message);
        settings.timeout = *timeout;
        return {};
    }
    const Result<std::int64_t> capacity = parse_int(text);
    if (!capacity || *capacity < 1 || *capacity > kQueueMax)
        return wrong(key + ": " + bad_value("a whole number in 1 … 10000000", text).message);
    settings.queue_capacity = static_cast<std::uint64_t>(*capacity);
    return {};
}

Result<void> read_setting(const std::string& key, const YAML::Node& value, Reading& reading) {
    AlertmanagerSettings& settings = reading.settings;
    if (key == "alertmanager_url") {
        SKALD_TRY(const std::string text, text_of(key, value));
        SKALD_TRY(settings.urls, urls_of(text));
    } else if (key == "enable_alertmanager_discovery") {
        SKALD_TRY(const bool looks_up, boolean_of(key, value));
        if (looks_up)
            return wrong(key +
                         ": Alertmanagers are not looked up; write their addresses in "
                         "alertmanager_url");
    } else if (key == "enable_alertmanager_v2") {
        SKALD_TRY(reading.sends, boolean_of(key, value));
    } else if (key == "notification_queue_capacity" || key == "notification_timeout") {
        return read_number_or_time(key, value, settings);
    } else if (key == "alert_relabel_configs") {
        Result<RelabelRules> rules = read_relabel_rules(value);
        if (!rules) return wrong(key + ": " + rules.error().message);
        settings.relabel = *std::move(rules);
    } else if (key == "alertmanager_client") {
        SKALD_CHECK(each_setting(value, key + ": ", [&](const std::string& name, const auto& node) {
            return read_client_setting(name, node, settings);
        }));
    } else {
        return wrong(key + ": no such setting");
    }
    return {};
}

Result<std::optional<AlertmanagerSettings>> read_config(const YAML::Node& map) {
    if (map.IsNull() || (map.IsMap() && map.size() == 0))
        return std::optional<AlertmanagerSettings>();
    Reading reading;
    SKALD_CHECK(each_setting(map, "", [&](const std::string& key, const YAML::Node& value) {
        return read_setting(key, value, reading);
    }));
    SKALD_CHECK(check_client(reading.settings));
    if (!reading.sends) reading.settings.urls.clear();
    return std::optional(std::move(reading.settings));
}

std::string client_text(const AlertmanagerSettings& settings) {
    static const AlertmanagerSettings kUsual;
    std::string text;
    const auto add = [&](const char* key, const std::string& value, const std::string& usual) {
        if (value == usual) return;
        text += (text.empty() ? "" : ", ") + std::string(key) + ": " + go_quote(value);
    };
    const auto hidden = [](const std::string& secret) { return secret.empty() ? "" : kHidden; };
    add("basic_auth_username", settings.user, "");
    add("basic_auth_password", hidden(settings.password), "");
    add("type", settings.credentials_type, kUsual.credentials_type);
    add("credentials", hidden(settings.credentials), "");
    add("credentials_file", settings.credentials_file, "");
    add("tls_cert_path", settings.tls.cert_file, "");
    add("tls_key_path", settings.tls.key_file, "");
    add("tls_ca_path", settings.tls.ca_file, "");
    add("tls_server_name", settings.tls.server_name, "");
    if (settings.tls.insecure_skip_verify)
        text += (text.empty() ? "" : ", ") + std::string("tls_insecure_skip_verify: true");
    return text;
}

}  // namespace

Result<std::optional<AlertmanagerSettings>> parse_alertmanager_config(const std::string& yaml) {
    try {
        return read_config(YAML::Load(yaml));
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

std::vector<std::string> unused_alertmanager_settings(const std::string& yaml) {
    std::vector<std::string> found;
    const auto look = [&found](const YAML::Node& map, const std::string& prefix) {
        if (!map.IsMap()) return;
        for (const auto& item : map) {
            const std::string key = prefix + (item.first.IsScalar() ? item.first.Scalar() : "");
            if (is_unused(key)) found.push_back(key);
        }
    };
    try {
        const YAML::Node map = YAML::Load(yaml);
        look(map, "");
        if (map.IsMap() && map["alertmanager_client"])
            look(map["alertmanager_client"], "alertmanager_client.");
    } catch (const YAML::Exception&) {
        found.clear();
    }
    return found;
}

std::string alertmanager_config_text(const std::optional<AlertmanagerSettings>& settings) {
    static const AlertmanagerSettings kUsual;
    if (!settings) return "{}";
    std::string text =
        "{alertmanager_url: " + go_quote(without_passwords(joined(settings->urls, ",")));
    if (settings->queue_capacity != kUsual.queue_capacity)
        text += ", notification_queue_capacity: " + std::to_string(settings->queue_capacity);
    if (settings->timeout != kUsual.timeout)
        text += ", notification_timeout: " + format_go_duration(settings->timeout);
    if (!settings->relabel.empty())
        text += ", alert_relabel_configs: " + relabel_rules_text(settings->relabel);
    const std::string client = client_text(*settings);
    if (!client.empty()) text += ", alertmanager_client: {" + client + "}";
    return text + "}";
}

}  // namespace skald
