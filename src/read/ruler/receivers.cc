// SPDX-License-Identifier: Apache-2.0
#include "http_post.h"

#include <skald/read/ruler/receivers.h>

#include <yaml-cpp/yaml.h>

#include <array>
#include <utility>

namespace skald::read {

namespace {

Error bad(const std::string& text) {
    return {ErrorCode::kInvalidArgument, text};
}

std::string text_of(const YAML::Node& node) {
    return node && node.IsScalar() ? node.Scalar() : std::string();
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
        if (!value.IsMap()) return bad("headers must be a map");
        for (const auto& item : value)
            client.headers.emplace_back(text_of(item.first), text_of(item.second));
    } else {
        return bad(key + " is not served");
    }
    return {};
}

Result<RemoteWriteClient> read_client(const std::string& name, const YAML::Node& node) {
    RemoteWriteClient client;
    client.name = name;
    if (!node.IsMap()) return bad("a client must be a map");
    for (const auto& item : node) {
        SKALD_CHECK(read_setting(text_of(item.first), item.second, client));
    }
    const Result<HttpTarget> target = parse_http_target(client.url);
    if (!target) return bad("url: " + target.error().message);
    return client;
}

}  // namespace

Result<std::vector<RemoteWriteClient>> parse_remote_write(std::string_view yaml,
                                                          std::string_view name) {
    std::vector<RemoteWriteClient> clients;
    try {
        const YAML::Node node = YAML::Load(std::string(yaml));
        if (node.IsNull()) return clients;
        if (!node.IsMap()) return bad("must be a map");
        if (node.size() == 0) return clients;
        if (!name.empty()) {
            SKALD_TRY(RemoteWriteClient client, read_client(std::string(name), node));
            clients.push_back(std::move(client));
            return clients;
        }
        for (const auto& item : node) {
            SKALD_TRY(RemoteWriteClient client, read_client(text_of(item.first), item.second));
            clients.push_back(std::move(client));
        }
    } catch (const YAML::Exception& exception) {
        return bad(exception.what());
    }
    return clients;
}

}  // namespace skald::read
