// SPDX-License-Identifier: Apache-2.0
#include "part_options.h"

#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/telemetry/log.h>

#include <utility>

namespace skald::app {

namespace {

Result<read::RemoteWrite> remote_write(const Config::Ruler& ruler) {
    read::RemoteWrite remote;
    remote.enabled = ruler.remote_write_enabled;
    remote.org_id_header = ruler.remote_write_add_org_id_header;
    remote.clients = ruler.remote_write_client;
    remote.clients.insert(remote.clients.end(), ruler.remote_write_clients.begin(),
                          ruler.remote_write_clients.end());
    if (remote.enabled && remote.clients.empty())
        return Error{ErrorCode::kInvalidArgument,
                     "ruler.remote_write.enabled: there are no clients to write to"};
    return remote;
}

Result<AlertmanagerSettings> alert_receivers(const Config::Ruler& ruler) {
    const Config::Ruler::AlertmanagerClient& client = ruler.alertmanager_client;
    if (client.tls.cert_file.empty() != client.tls.key_file.empty())
        return Error{ErrorCode::kInvalidArgument,
                     "ruler.alertmanager_client: tls_cert_path and tls_key_path need each other"};
    AlertmanagerSettings receivers;
    if (ruler.enable_alertmanager_v2)
        receivers.urls = split_alertmanager_urls(ruler.alertmanager_url);
    else if (!ruler.alertmanager_url.empty())
        log_warn("no alert is sent: ruler.enable_alertmanager_v2 is false");
    receivers.user = client.basic_auth_username;
    receivers.password = client.basic_auth_password;
    receivers.credentials_type = client.type;
    receivers.credentials = client.credentials;
    receivers.credentials_file = client.credentials_file;
    receivers.tls = client.tls;
    receivers.queue_capacity = ruler.notification_queue_capacity;
    receivers.timeout = ruler.notification_timeout;
    receivers.relabel = ruler.alert_relabel_configs;
    return receivers;
}

}  // namespace

api::TlsSettings tls_settings(const char* section, const Config::Server::Tls& tls,
                              const Config::Server& server) {
    return {.section = section,
            .cert = tls.cert,
            .cert_file = tls.cert_file,
            .key = tls.key,
            .key_file = tls.key_file,
            .client_ca = tls.client_ca,
            .client_ca_file = tls.client_ca_file,
            .client_auth_type = tls.client_auth_type,
            .min_version = server.tls_min_version,
            .cipher_suites = server.tls_cipher_suites};
}

Result<read::Ruler::Options> ruler_options(const Config& config) {
    const Config::Ruler& ruler = config.ruler;
    read::Ruler::Options options;
    options.directory = ruler.directory;
    // Beside the rules: their folder may be read-only.
    options.state_file =
        (config.common.path_prefix.empty() ? "data" : config.common.path_prefix) + "/alerts.state";
    options.external_url = ruler.external_url;
    options.datasource_uid = ruler.datasource_uid;
    options.evaluation_interval = ruler.evaluation_interval;
    options.poll_interval = ruler.poll_interval;
    options.resend_delay = ruler.resend_delay;
    options.outage_tolerance = ruler.for_outage_tolerance;
    options.jitter_max = ruler.max_jitter;
    options.enabled_tenants = ruler.enabled_tenants;
    options.disabled_tenants = ruler.disabled_tenants;
    options.group_label = !ruler.disable_rule_group_label;
    SKALD_TRY(options.alerts, alert_receivers(ruler));
    SKALD_TRY(options.remote_write, remote_write(ruler));
    return options;
}

}  // namespace skald::app
