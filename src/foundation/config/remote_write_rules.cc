// SPDX-License-Identifier: Apache-2.0
#include "remote_write_rules.h"

#include "relabel_rules.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/http_target.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace skald {

namespace {

constexpr DurationNs kTimeout = 30 * kNanosPerSecond;

Error bad(const std::string& text) {
    return {ErrorCode::kInvalidArgument, text};
}

std::string text_of(const YAML::Node& node) {
    return node && node.IsScalar() ? node.Scalar() : std::string();
}

/// `read` with the parsed YAML, which must be a map; what yaml-cpp throws stays here.
template <class T, class Read>
Result<T> read_map(const std::string& yaml, Read read) {
    try {
        const YAML::Node node = YAML::Load(yaml);
        if (node.IsNull()) return T();
        if (!node.IsMap()) return bad("must be a map");
        return read(node);
    } catch (const YAML::Exception& exception) {
        return bad(exception.what());
    }
}

Result<HttpHeaders> headers_of(const YAML::Node& map) {
    if (!map.IsMap()) return bad("headers must be a map");
    HttpHeaders headers;
    for (const auto& item : map) {
        std::string name = text_of(item.first);
        std::string value = text_of(item.second);
        const bool is_token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return c > ' ' && c != ':' && c != 0x7f;
        });
        if (!is_token || value.find_first_of("\r\n") != std::string::npos)
            return bad("headers: no header can look like that");
        headers.emplace_back(std::move(name), std::move(value));
    }
    return headers;
}

Result<void> read_authorization(const YAML::Node& value, RemoteWriteClient& client) {
    if (value["credentials_file"]) return bad("authorization.credentials_file is not served");
    client.credentials = text_of(value["credentials"]);
    return {};
}

Result<void> read_setting(const std::string& key, const YAML::Node& value,
                          RemoteWriteClient& client) {
    // How Prometheus spreads its load; here one request follows the other.
    static constexpr std::array<std::string_view, 4> kWithoutMeaning = {
        "queue_config", "metadata_config", "send_exemplars", "follow_redirects"};
    for (const std::string_view each : kWithoutMeaning)
        if (key == each) return {};
    if (key == "url") {
        client.url = text_of(value);
    } else if (key == "name") {
        client.name = text_of(value);
    } else if (key == "remote_timeout") {
        SKALD_TRY(client.timeout, parse_prometheus_duration(text_of(value)));
    } else if (key == "basic_auth") {
        client.user = text_of(value["username"]);
        client.password = text_of(value["password"]);
        if (value["password_file"]) return bad("basic_auth.password_file is not served");
    } else if (key == "bearer_token") {
        client.credentials = text_of(value);
    } else if (key == "authorization") {
        return read_authorization(value, client);
    } else if (key == "headers") {
        SKALD_TRY(client.headers, headers_of(value));
    } else if (key == "write_relabel_configs") {
        Result<RelabelRules> rules = read_relabel_rules(value);
        if (!rules) return bad(key + ": " + rules.error().message);
        client.relabel = *std::move(rules);
    } else {
        return bad(key + " is not served");
    }
    return {};
}

/// What a client or a change says; empty and 0 what it doesn't.
Result<RemoteWriteClient> read_settings(const std::string& id, const YAML::Node& node) {
    RemoteWriteClient client;
    client.id = id;
    if (!node.IsMap()) return bad("a client must be a map");
    for (const auto& item : node) {
        SKALD_CHECK(read_setting(text_of(item.first), item.second, client));
    }
    if (client.url.empty()) return client;
    if (const auto target = parse_http_target(client.url); !target)
        return bad("url: " + target.error().message);
    return client;
}

Result<RemoteWriteClient> read_client(const std::string& id, const YAML::Node& node) {
    SKALD_TRY(RemoteWriteClient client, read_settings(id, node));
    if (client.url.empty()) return bad("url: there is none");
    if (client.name.empty()) client.name = id;
    if (client.timeout == 0) client.timeout = kTimeout;
    return client;
}

using ReadOne = Result<RemoteWriteClient> (*)(const std::string& id, const YAML::Node& node);

Result<std::vector<RemoteWriteClient>> read_by_id(const std::string& yaml, ReadOne read_one) {
    using Clients = std::vector<RemoteWriteClient>;
    return read_map<Clients>(yaml, [read_one](const YAML::Node& map) -> Result<Clients> {
        Clients clients;
        for (const auto& item : map) {
            SKALD_TRY(RemoteWriteClient client, read_one(text_of(item.first), item.second));
            clients.push_back(std::move(client));
        }
        return clients;
    });
}

}  // namespace

Result<std::vector<RemoteWriteClient>> parse_remote_write_client(const std::string& yaml) {
    using Clients = std::vector<RemoteWriteClient>;
    return read_map<Clients>(yaml, [](const YAML::Node& map) -> Result<Clients> {
        if (map.size() == 0) return Clients();
        SKALD_TRY(RemoteWriteClient client, read_client("default", map));
        return Clients{std::move(client)};
    });
}

Result<std::vector<RemoteWriteClient>> parse_remote_write_clients(const std::string& yaml) {
    return read_by_id(yaml, read_client);
}

Result<std::vector<RemoteWriteClient>> parse_remote_write_changes(const std::string& yaml) {
    return read_by_id(yaml, read_settings);
}

Result<HttpHeaders> parse_http_headers(const std::string& yaml) {
    return read_map<HttpHeaders>(yaml, headers_of);
}

}  // namespace skald
