// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"

namespace skald {

namespace {

constexpr const char* kShownClient = R"({"********": "********"})";
constexpr const char* kShownClients = R"({"********": {}})";

/// TLS at the Alertmanagers.
void add_alertmanager_tls_keys(KeyTable& t) {
    t.text(
        "ruler.alertmanager_client.tls_ca_path", "ruler.alertmanager-client.tls-ca-path",
        "A file of certificates that may have signed the Alertmanagers'; empty: the system's.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.tls.ca_file; });
    t.text(
        "ruler.alertmanager_client.tls_cert_path", "ruler.alertmanager-client.tls-cert-path",
        "A file with the ruler's own certificate, where Alertmanagers ask for one.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.tls.cert_file; });
    t.text(
        "ruler.alertmanager_client.tls_key_path", "ruler.alertmanager-client.tls-key-path",
        "A file with its key.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.tls.key_file; });
    t.text(
        "ruler.alertmanager_client.tls_server_name", "ruler.alertmanager-client.tls-server-name",
        "The name in the Alertmanagers' certificates; empty: that of the address.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.tls.server_name; });
    t.boolean(
        "ruler.alertmanager_client.tls_insecure_skip_verify",
        "ruler.alertmanager-client.tls-insecure-skip-verify",
        "The Alertmanagers' certificates are not looked at.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.tls.insecure_skip_verify; });
}

void add_alertmanager_limit(KeyTable& t) {
    ConfigKey& key = t.yaml(
        "limits_config.ruler_alertmanager_config", "map",
        "The tenant's own Alertmanagers, {alertmanager_url, alertmanager_client, "
        "notification_queue_capacity, notification_timeout, alert_relabel_configs}, instead of all "
        "that ruler says of them; {}: those of ruler.",
        [](Config & c) -> auto& { return c.limits.ruler_alertmanager_config; },
        parse_alertmanager_config, alertmanager_config_text);
    key.unused = unused_alertmanager_settings;
    key.same_secret = [](const Config& a, const Config& b) {
        return a.limits.ruler_alertmanager_config == b.limits.ruler_alertmanager_config;
    };
}

void add_remote_write_keys(KeyTable& t) {
    t.boolean(
        "ruler.remote_write.enabled", "ruler.remote-write.enabled",
        "What recording rules make is sent to the clients; else it is dropped.",
        [](Config & c) -> auto& { return c.ruler.remote_write_enabled; });
    t.boolean(
        "ruler.remote_write.add_org_id_header", "ruler.remote-write.add-org-id-header",
        "Requests carry the tenant in X-Scope-OrgID.",
        [](Config & c) -> auto& { return c.ruler.remote_write_add_org_id_header; });
    t.secret_yaml(
        "ruler.remote_write.client",
        "An endpoint of Prometheus' remote write: url, remote_timeout, basic_auth, authorization, "
        "headers, write_relabel_configs.",
        [](Config & c) -> auto& { return c.ruler.remote_write_client; }, parse_remote_write_client,
        kShownClient);
    t.secret_yaml(
        "ruler.remote_write.clients", "Several of them by name.",
        [](Config & c) -> auto& { return c.ruler.remote_write_clients; },
        parse_remote_write_clients, kShownClients);
}

void add_remote_write_limits(KeyTable& t) {
    t.boolean(
        "limits_config.ruler_remote_write_disabled", "",
        "Nothing of the tenant is sent to the clients of ruler.remote_write.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_disabled; });
    t.http_address(
        "limits_config.ruler_remote_write_url",
        "Address instead of that of every client; empty: the client's own.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_url; });
    t.duration(
        "limits_config.ruler_remote_write_timeout", "",
        "Time for a request instead of that of every client; 0: the client's own.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_timeout; });
    t.secret_yaml(
        "limits_config.ruler_remote_write_headers",
        "Headers instead of those of every client; empty: the client's own.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_headers; }, parse_http_headers,
        kShownClient);
    t.yaml(
        "limits_config.ruler_remote_write_relabel_configs", "list of rules",
        "Relabel rules instead of those of every client; []: none, null: the client's own.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_relabel_configs; },
        parse_optional_relabel_rules, optional_relabel_rules_text);
    t.secret_yaml(
        "limits_config.ruler_remote_write_config",
        "What is different for single clients: {id: {url, remote_timeout, basic_auth, "
        "authorization, headers, write_relabel_configs}}; ruler.remote_write.client has the id "
        "default.",
        [](Config & c) -> auto& { return c.limits.ruler_remote_write_config; },
        parse_remote_write_changes, kShownClients);
}

}  // namespace

void add_ruler_keys(KeyTable& t) {
    t.boolean(
        "ruler.enable_api", "ruler.enable-api", "Rules can be read and written over HTTP.",
        [](Config & c) -> auto& { return c.ruler.enable_api; });
    t.text(
        "ruler.storage.type", "ruler.storage.type",
        "`local`: the API changes nothing, people write the files. Else they are files, too, and "
        "the API writes them.",
        [](Config & c) -> auto& { return c.ruler.storage_type; });
    t.text(
        "ruler.storage.local.directory", "ruler.storage.local.directory",
        "Folder of the rules, <folder>/<tenant>/<namespace>. Default: "
        "common.storage.filesystem.rules_directory, else <path_prefix>/rules.",
        [](Config & c) -> auto& { return c.ruler.directory; });
    t.duration(
        "ruler.evaluation_interval", "ruler.evaluation-interval",
        "How often groups are evaluated that don't say it themselves.",
        [](Config & c) -> auto& { return c.ruler.evaluation_interval; }, kNanosPerSecond);
    t.duration(
        "ruler.poll_interval", "ruler.poll-interval", "How often files of rules are read again.",
        [](Config & c) -> auto& { return c.ruler.poll_interval; }, kNanosPerSecond);
    t.duration(
        "ruler.evaluation.max_jitter", "ruler.evaluation.max-jitter",
        "Groups wait for up to this long, so that they don't all begin at once.",
        [](Config & c) -> auto& { return c.ruler.max_jitter; });
    t.duration(
        "ruler.for_outage_tolerance", "ruler.for-outage-tolerance",
        "Pending and firing alerts are forgotten over a restart that takes longer.",
        [](Config & c) -> auto& { return c.ruler.for_outage_tolerance; });
    t.addresses(
        "ruler.external_url", "ruler.external.url",
        "Grafana's address: alerts link to Explore there.",
        [](Config & c) -> auto& { return c.ruler.external_url; });
    t.text(
        "ruler.datasource_uid", "ruler.datasource-uid", "The data source of these links.",
        [](Config & c) -> auto& { return c.ruler.datasource_uid; });
    t.list(
        "ruler.enabled_tenants", "ruler.enabled-tenants",
        "Only rules of these are evaluated; empty: of all.",
        [](Config & c) -> auto& { return c.ruler.enabled_tenants; });
    t.list(
        "ruler.disabled_tenants", "ruler.disabled-tenants", "Rules of these are not evaluated.",
        [](Config & c) -> auto& { return c.ruler.disabled_tenants; });
    t.boolean(
        "ruler.disable_rule_group_label", "ruler.disable-rule-group-label",
        "Metrics of the ruler have no label rule_group.",
        [](Config & c) -> auto& { return c.ruler.disable_rule_group_label; });
}

void add_receiver_keys(KeyTable& t) {
    t.addresses(
        "ruler.alertmanager_url", "ruler.alertmanager-url",
        "Addresses of Alertmanagers with commas; each gets all alerts.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_url; });
    t.boolean(
        "ruler.enable_alertmanager_v2", "ruler.alertmanager-use-v2",
        "Only true: there is no other API to send to. With false nothing is sent.",
        [](Config & c) -> auto& { return c.ruler.enable_alertmanager_v2; });
    t.number(
        "ruler.notification_queue_capacity", "ruler.notification-queue-capacity",
        "Alerts that may wait for an Alertmanager; the oldest give way.",
        [](Config & c) -> auto& { return c.ruler.notification_queue_capacity; }, 1, 10'000'000);
    t.duration(
        "ruler.notification_timeout", "ruler.notification-timeout",
        "Time for one request to an Alertmanager.",
        [](Config & c) -> auto& { return c.ruler.notification_timeout; }, kNanosPerMilli);
    t.duration(
        "ruler.resend_delay", "ruler.resend-delay",
        "Alertmanagers hear of a firing alert again after this time.",
        [](Config & c) -> auto& { return c.ruler.resend_delay; });
    t.text(
        "ruler.alertmanager_client.basic_auth_username",
        "ruler.alertmanager-client.basic-auth-username", "User at the Alertmanagers.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.basic_auth_username; });
    t.secret(
        "ruler.alertmanager_client.basic_auth_password",
        "ruler.alertmanager-client.basic-auth-password", "Password at the Alertmanagers.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.basic_auth_password; });
    t.text(
        "ruler.alertmanager_client.type", "ruler.alertmanager-client.type",
        "Kind of the credentials.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.type; });
    t.secret(
        "ruler.alertmanager_client.credentials", "ruler.alertmanager-client.credentials",
        "A token instead of user and password.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.credentials; });
    t.text(
        "ruler.alertmanager_client.credentials_file", "ruler.alertmanager-client.credentials-file",
        "A file with the token; read each time.",
        [](Config & c) -> auto& { return c.ruler.alertmanager_client.credentials_file; });
    add_alertmanager_tls_keys(t);
    t.yaml(
        "ruler.alert_relabel_configs", "list of rules",
        "Relabel rules for the labels of alerts before they are sent.",
        [](Config & c) -> auto& { return c.ruler.alert_relabel_configs; }, parse_relabel_rules,
        relabel_rules_text);
    add_remote_write_keys(t);
    t.number(
        "limits_config.ruler_max_rules_per_rule_group", "ruler.max-rules-per-rule-group",
        "Rules of a group; 0: no limit.",
        [](Config & c) -> auto& { return c.limits.ruler_max_rules_per_rule_group; }, 0, 1'000'000);
    t.number(
        "limits_config.ruler_max_rule_groups_per_tenant", "ruler.max-rule-groups-per-tenant",
        "Groups of a tenant; 0: no limit.",
        [](Config & c) -> auto& { return c.limits.ruler_max_rule_groups_per_tenant; }, 0,
        1'000'000);
    add_alertmanager_limit(t);
    add_remote_write_limits(t);
}

}  // namespace skald
