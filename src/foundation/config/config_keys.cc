// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"

#include "limit_rules.h"
#include "named_stores.h"
#include "otlp_rules.h"
#include "retention_rules.h"
#include "s3_url.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace skald {

namespace {

using Texts = std::vector<std::string>;

Error bad_value(const std::string& what, std::string_view got) {
    return {ErrorCode::kInvalidArgument, "must be " + what + ", got " + go_quote(got)};
}

/// http://user:password@host -> http://********@host
std::string without_passwords(std::string text) {
    for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
        at += 3;
        const std::size_t end = std::min(text.find_first_of("/,", at), text.size());
        const std::size_t user = text.rfind('@', end == 0 ? 0 : end - 1);
        if (user == std::string::npos || user < at) continue;
        text.replace(at, user - at, "********");
    }
    return text;
}

/// Builds the table; each method adds one key.
/// `get` is a function from Config& to a reference to the field.
class KeyTable {
public:
    template <class Get>
    void text(const std::string& path, const std::string& flag, const char* doc, Get get,
              Texts choices = {}) {
        std::string range;
        for (const std::string& choice : choices) range += (range.empty() ? "" : " | ") + choice;
        ConfigKey& key = add(path, flag, "text", range, doc);
        key.set = [get, choices, range](Config& config, const Texts& texts) -> Result<void> {
            if (!choices.empty() &&
                std::find(choices.begin(), choices.end(), texts[0]) == choices.end())
                return bad_value("one of " + range, texts[0]);
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) { return go_quote(get(const_of(config))); };
    }

    /// A text that is never shown.
    template <class Get>
    ConfigKey& secret(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "text", "", doc);
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) -> std::string {
            return get(const_of(config)).empty() ? "\"\"" : "\"********\"";
        };
        return key;
    }

    /// Addresses with commas; users and passwords in them are not shown.
    template <class Get>
    void addresses(const char* path, const char* flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "text", "", doc);
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) {
            return go_quote(without_passwords(get(const_of(config))));
        };
    }

    /// YAML that holds secrets: it is taken as it is, and not shown.
    template <class Get>
    void secret_yaml(const char* path, const char* doc, Get get) {
        ConfigKey& key = add(path, "", "map", "", doc);
        key.is_yaml = true;
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            get(config) = texts[0] == "{}" ? "" : texts[0];
            return {};
        };
        key.text = [get](const Config& config) -> std::string {
            return get(const_of(config)).empty() ? "{}" : "{\"********\": \"********\"}";
        };
    }

    template <class Get>
    void boolean(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "true or false", "", doc);
        key.is_boolean = true;
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            if (texts[0] != "true" && texts[0] != "false")
                return bad_value("true or false", texts[0]);
            get(config) = texts[0] == "true";
            return {};
        };
        key.text = [get](const Config& config) -> std::string {
            return get(const_of(config)) ? "true" : "false";
        };
    }

    /// A whole number in [low, high].
    template <class Get>
    void number(const std::string& path, const std::string& flag, const char* doc, Get get,
                std::int64_t low, std::int64_t high) {
        const std::string range = std::to_string(low) + " … " + std::to_string(high);
        ConfigKey& key = add(path, flag, "number", range, doc);
        key.set = [get, low, high, range](Config& config, const Texts& texts) -> Result<void> {
            const Result<std::int64_t> value = parse_int(texts[0]);
            if (!value || *value < low || *value > high)
                return bad_value("a whole number in " + range, texts[0]);
            auto& field = get(config);
            field = static_cast<std::remove_reference_t<decltype(field)>>(*value);
            return {};
        };
        key.text = [get](const Config& config) { return std::to_string(get(const_of(config))); };
    }

    template <class Get>
    void real(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "number", "0 or more", doc);
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            const Result<double> value = parse_float(texts[0]);
            if (!value || !(*value >= 0)) return bad_value("a number of 0 or more", texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) { return format_float(get(const_of(config))); };
    }

    /// A size in bytes in [low, high].
    template <class Get>
    void bytes(const std::string& path, const std::string& flag, const char* doc, Get get,
               std::uint64_t low = 0,
               std::uint64_t high = std::numeric_limits<std::int64_t>::max()) {
        std::string range;
        if (low > 0 || high < std::numeric_limits<std::int64_t>::max())
            range = format_byte_size(low) + " … " + format_byte_size(high);
        ConfigKey& key = add(path, flag, "bytes", range, doc);
        key.set = [get, low, high, range](Config& config, const Texts& texts) -> Result<void> {
            const Result<std::uint64_t> value = parse_byte_size(texts[0]);
            if (!value) return bad_value("a size such as 256KB or 4MB", texts[0]);
            if (*value < low || *value > high) return bad_value("a size in " + range, texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) {
            const std::uint64_t value = get(const_of(config));
            const std::string text = format_byte_size(value);
            const Result<std::uint64_t> back = parse_byte_size(text);
            return back && *back == value ? text : std::to_string(value);
        };
    }

    /// A length of time of at least `low`.
    template <class Get>
    void duration(const std::string& path, const std::string& flag, const char* doc, Get get,
                  DurationNs low = 0) {
        const std::string range = low == kTimeMin ? ""
                                  : low > 0       ? "at least " + format_go_duration(low)
                                                  : "0s or more";
        ConfigKey& key = add(path, flag, "duration", range, doc);
        key.set = [get, low, range](Config& config, const Texts& texts) -> Result<void> {
            Result<DurationNs> value = parse_prometheus_duration(texts[0]);
            if (!value) value = parse_go_duration(texts[0]);
            if (!value) return bad_value("a duration such as 30s, 1h30m or 7d", texts[0]);
            if (*value < low) return bad_value("a duration of " + range, texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) {
            const DurationNs value = get(const_of(config));
            return value % kNanosPerMilli == 0 ? format_prometheus_duration(value)
                                               : format_go_duration(value);
        };
    }

    template <class Get>
    void list(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "list of text", "", doc);
        key.is_list = true;
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            get(config) = texts;
            return {};
        };
        key.text = [get](const Config& config) {
            std::string text = "[";
            for (const std::string& item : get(const_of(config)))
                text += (text.size() > 1 ? ", " : "") + go_quote(item);
            return text + "]";
        };
    }

    template <class Get>
    void rules(const std::string& path, const std::string& flag, const char* doc, Get get,
               bool may_index) {
        ConfigKey& key = add(path, flag, "list of rules", "", doc);
        key.is_yaml = true;
        key.set = [get, may_index](Config& config, const Texts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_otlp_rules(texts[0], may_index));
            return {};
        };
        key.text = [get](const Config& config) { return otlp_rules_text(get(const_of(config))); };
    }

    template <class Get>
    void retention_rules(const char* path, const char* doc, Get get) {
        ConfigKey& key = add(path, "", "list of rules", "", doc);
        key.is_yaml = true;
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_retention_rules(texts[0]));
            return {};
        };
        key.text = [get](const Config& config) {
            return retention_rules_text(get(const_of(config)));
        };
    }

    /// A value that is YAML itself: `parse` reads it, `print` gives it back in one line.
    template <class Get, class Parse, class Print>
    void yaml(const char* path, const char* type, const char* doc, Get get, Parse parse,
              Print print) {
        ConfigKey& key = add(path, "", type, "", doc);
        key.is_yaml = true;
        key.set = [get, parse](Config& config, const Texts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse(texts[0]));
            return {};
        };
        key.text = [get, print](const Config& config) { return print(get(const_of(config))); };
    }

    template <class Get>
    void time(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "time", "", doc);
        key.set = [get](Config& config, const Texts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_config_time(texts[0]));
            return {};
        };
        key.text = [get](const Config& config) { return config_time_text(get(const_of(config))); };
    }

    std::vector<ConfigKey> take() { return std::move(keys_); }

private:
    /// The getters are written once, for a mutable Config; reading through them changes nothing.
    static Config& const_of(const Config& config) { return const_cast<Config&>(config); }

    ConfigKey& add(const std::string& path, const std::string& flag, const char* type,
                   std::string range, const char* doc) {
        ConfigKey key;
        key.path = path;
        key.flag = flag;
        key.type = type;
        key.range = std::move(range);
        key.doc = doc;
        keys_.push_back(std::move(key));
        return keys_.back();
    }

    std::vector<ConfigKey> keys_;
};

void add_server_keys(KeyTable& t) {
    t.text(
        "target", "target", "Comma-separated modules to run: all, read, write, or single ones.",
        [](Config & c) -> auto& { return c.target; });
    t.boolean(
        "auth_enabled", "auth.enabled",
        "Requests must name their tenant in X-Scope-OrgID; if false, everything belongs to the "
        "tenant \"fake\".",
        [](Config & c) -> auto& { return c.auth_enabled; });
    t.text(
        "auth.file", "auth.file",
        "File of the tokens that are let in, with their tenants and rights; read again when it "
        "changes. Empty: everybody is let in.",
        [](Config & c) -> auto& { return c.auth_file; });
    t.text(
        "server.http_listen_address", "server.http-listen-address",
        "Address that HTTP listens on; empty: all.",
        [](Config & c) -> auto& { return c.server.http_listen_address; });
    t.number(
        "server.http_listen_port", "server.http-listen-port", "Port of HTTP; 0: one that is free.",
        [](Config & c) -> auto& { return c.server.http_listen_port; }, 0, 65535);
    t.text(
        "server.admin_listen_address", "server.admin-listen-address",
        "Address of the port for administration.",
        [](Config & c) -> auto& { return c.server.admin_listen_address; });
    t.number(
        "server.admin_listen_port", "server.admin-listen-port",
        "Port that alone has the endpoints of administration (flush, shutdown, log level, "
        "configuration, deletion); 0: they are on the port of HTTP.",
        [](Config & c) -> auto& { return c.server.admin_listen_port; }, 0, 65535);
    t.number(
        "server.http_listen_conn_limit", "server.http-conn-limit",
        "Connections at a time; 0: 20000.",
        [](Config & c) -> auto& { return c.server.http_listen_conn_limit; }, 0, 1'000'000);
    t.duration(
        "server.http_server_read_timeout", "server.http-read-timeout",
        "Time that a client has for sending a whole request.",
        [](Config & c) -> auto& { return c.server.http_server_read_timeout; }, kNanosPerMilli);
    t.duration(
        "server.http_server_read_header_timeout", "server.http-read-header-timeout",
        "Time that a client has for sending a request's header; 0: as the read timeout.",
        [](Config & c) -> auto& { return c.server.http_server_read_header_timeout; });
    t.duration(
        "server.http_server_write_timeout", "server.http-write-timeout",
        "Time that a client may take no byte of an answer.",
        [](Config & c) -> auto& { return c.server.http_server_write_timeout; }, kNanosPerMilli);
    t.duration(
        "server.http_server_idle_timeout", "server.http-idle-timeout",
        "Time that an unused connection is kept.",
        [](Config & c) -> auto& { return c.server.http_server_idle_timeout; }, kNanosPerMilli);
    t.duration(
        "server.graceful_shutdown_timeout", "server.graceful-shutdown-timeout",
        "Time for requests to finish after SIGTERM.",
        [](Config & c) -> auto& { return c.server.graceful_shutdown_timeout; });
    t.text(
        "server.http_path_prefix", "server.path-prefix", "Put in front of every path.",
        [](Config & c) -> auto& { return c.server.http_path_prefix; });
    t.text("server.log_level", "log.level", "Least important lines that are logged.",
           [](Config & c) -> auto& { return c.server.log_level; },
           {"debug", "info", "warn", "error"});
    t.text("server.log_format", "log.format", "Form of log lines.",
           [](Config & c) -> auto& { return c.server.log_format; }, {"logfmt", "json"});
}

/// The keys of server.http_tls_config or server.grpc_tls_config.
template <class Get>
void add_certificate_keys(KeyTable& t, const std::string& section, const std::string& flag,
                          const std::string& what, Get tls) {
    const auto key = [&](const char* name) { return section + "." + name; };
    t.text(
        key("cert_file").c_str(), (flag + "cert-path").c_str(),
        ("Certificate (PEM); read again when it changes. Empty: plain " + what + ".").c_str(),
        [tls](Config & c) -> auto& { return tls(c).cert_file; });
    t.text(
        key("key_file").c_str(), (flag + "key-path").c_str(),
        "Its private key.", [tls](Config & c) -> auto& { return tls(c).key_file; });
    t.text(
        key("cert").c_str(), "",
        "The certificate itself instead of its file.", [tls](Config & c) -> auto& {
            return tls(c).cert;
        });
    t.secret(
        key("key"), "",
        "The key itself instead of its file.", [tls](Config & c) -> auto& { return tls(c).key; });
    t.text(
        key("client_auth_type").c_str(), (flag + "client-auth").c_str(),
        "Whether clients show certificates. Empty: RequireAndVerifyClientCert if there are roots.",
        [tls](Config & c) -> auto& { return tls(c).client_auth_type; },
        {"", "NoClientCert", "RequestClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
         "RequireAndVerifyClientCert"});
    t.text(
        key("client_ca_file").c_str(), (flag + "ca-path").c_str(),
        "Roots of clients' certificates.", [tls](Config & c) -> auto& {
            return tls(c).client_ca_file;
        });
    t.text(
        key("client_ca").c_str(), "",
        "The roots themselves instead of their file.", [tls](Config & c) -> auto& {
            return tls(c).client_ca;
        });
}

void add_grpc_keys(KeyTable& t) {
    t.text(
        "server.grpc_listen_address", "server.grpc-listen-address",
        "Address that gRPC listens on; empty: all.",
        [](Config & c) -> auto& { return c.server.grpc_listen_address; });
    t.number(
        "server.grpc_listen_port", "server.grpc-listen-port",
        "Port of gRPC; 0: one that is free. If 9095, the default, is taken by somebody else, the "
        "server starts without gRPC and says so in a warning.",
        [](Config & c) -> auto& { return c.server.grpc_listen_port; }, 0, 65535);
    t.number(
        "server.grpc_listen_conn_limit", "server.grpc-conn-limit",
        "Connections of gRPC at a time; 0: 4096.",
        [](Config & c) -> auto& { return c.server.grpc_listen_conn_limit; }, 0, 1'000'000);
    t.number(
        "server.grpc_server_max_recv_msg_size", "server.grpc-max-recv-msg-size-bytes",
        "Largest message that is taken, in bytes, as it is sent and unpacked.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_recv_msg_size; }, 1,
        1'000'000'000);
    t.number(
        "server.grpc_server_max_send_msg_size", "server.grpc-max-send-msg-size-bytes",
        "Largest answer, in bytes.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_send_msg_size; }, 1,
        1'000'000'000);
    t.number(
        "server.grpc_server_max_concurrent_streams", "server.grpc-max-concurrent-streams",
        "Calls of one connection at a time; 0: as many as come.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_concurrent_streams; }, 0,
        1'000'000);
    t.duration(
        "server.grpc_server_max_connection_idle", "server.grpc.keepalive.max-connection-idle",
        "Connections without calls are closed then.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_connection_idle; },
        kNanosPerMilli);
    t.duration(
        "server.grpc_server_max_connection_age", "server.grpc.keepalive.max-connection-age",
        "Connections are told to end then, so that clients spread over servers anew.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_connection_age; },
        kNanosPerMilli);
    t.duration(
        "server.grpc_server_max_connection_age_grace",
        "server.grpc.keepalive.max-connection-age-grace", "And closed after so much longer.",
        [](Config & c) -> auto& { return c.server.grpc_server_max_connection_age_grace; },
        kNanosPerMilli);
    t.duration(
        "server.grpc_server_keepalive_time", "server.grpc.keepalive.time",
        "A silent connection is asked whether it lives then.",
        [](Config & c) -> auto& { return c.server.grpc_server_keepalive_time; }, kNanosPerMilli);
    t.duration(
        "server.grpc_server_keepalive_timeout", "server.grpc.keepalive.timeout",
        "Time to answer that.",
        [](Config & c) -> auto& { return c.server.grpc_server_keepalive_timeout; }, kNanosPerMilli);
    t.duration(
        "server.grpc_server_min_time_between_pings", "server.grpc.keepalive.min-time-between-pings",
        "Clients that ask more often are sent away.",
        [](Config & c) -> auto& { return c.server.grpc_server_min_time_between_pings; });
    t.boolean(
        "server.grpc_server_ping_without_stream_allowed",
        "server.grpc.keepalive.ping-without-stream-allowed", "Clients may ask without a call.",
        [](Config & c) -> auto& { return c.server.grpc_server_ping_without_stream_allowed; });
}

void add_tls_keys(KeyTable& t) {
    add_certificate_keys(
        t, "server.http_tls_config", "server.http-tls-", "HTTP",
        [](Config & c) -> auto& { return c.server.http_tls_config; });
    add_certificate_keys(
        t, "server.grpc_tls_config", "server.grpc-tls-", "HTTP/2",
        [](Config & c) -> auto& { return c.server.grpc_tls_config; });
    t.text("server.tls_min_version", "server.tls-min-version", "Oldest TLS; empty: VersionTLS12.",
           [](Config & c) -> auto& { return c.server.tls_min_version; },
           {"", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"});
    t.text(
        "server.tls_cipher_suites", "server.tls-cipher-suites",
        "Suites of TLS 1.2 with commas; empty: OpenSSL's choice.",
        [](Config & c) -> auto& { return c.server.tls_cipher_suites; });
}

void add_place_keys(KeyTable& t) {
    t.text(
        "common.path_prefix", "common.path-prefix",
        "Folder of all data whose own place is not set.",
        [](Config & c) -> auto& { return c.common.path_prefix; });
    t.text(
        "common.instance_addr", "common.instance-addr",
        "Address that this instance puts into the ring.",
        [](Config & c) -> auto& { return c.common.instance_addr; });
    t.text(
        "common.ring.instance_id", "common.ring.instance-id",
        "Name of this instance; part of its segments' names. Default: the host's name.",
        [](Config & c) -> auto& { return c.common.instance_id; });
    t.text(
        "common.ring.kvstore.store", "common.ring.store",
        "Where the ring is kept. This version runs as one process: inmemory.",
        [](Config & c) -> auto& { return c.common.ring_store; });
    t.number(
        "common.replication_factor", "common.replication-factor",
        "Ingesters that keep each line. One process keeps one copy.",
        [](Config & c) -> auto& { return c.common.replication_factor; }, 1, 9);
    t.text(
        "common.storage.filesystem.chunks_directory", "common.storage.filesystem.chunk-directory",
        "Folder of the segments. Default: <path_prefix>/chunks.",
        [](Config & c) -> auto& { return c.common.chunks_directory; });
    t.text(
        "storage_config.filesystem.directory", "local.chunk-directory",
        "The same, where common does not set it.",
        [](Config & c) -> auto& { return c.storage.filesystem_directory; });
    t.text(
        "common.storage.filesystem.rules_directory", "common.storage.filesystem.rules-directory",
        "Folder of the rules, if ruler.storage.local.directory is not set.",
        [](Config & c) -> auto& { return c.common.rules_directory; });
    t.text(
        "storage_config.catalog_directory", "store.catalog-directory",
        "Folder of the catalog; it can be deleted and is rebuilt. Default: <path_prefix>/catalog.",
        [](Config & c) -> auto& { return c.storage.catalog_directory; });
    t.text(
        "ingester.wal.dir", "ingester.wal-dir",
        "Folder of the write-ahead log. Default: <path_prefix>/wal.",
        [](Config & c) -> auto& { return c.ingester.wal_directory; });
}

/// The settings of a bucket below `section`; `get` gives the bucket. Flags begin with `flags`;
/// without it there are none.
template <class Get>
void add_s3_place(KeyTable& t, const std::string& section, const std::string& flags, Get get) {
    const auto flag = [&](const char* name) { return flags.empty() ? "" : flags + "." + name; };
    ConfigKey& url = t.secret(
        section + ".s3", flag("url"),
        "s3://key:secret@region/bucket or s3://key:secret@host:port/bucket; the keys below come "
        "first.",
        [get](Config & c) -> auto& { return get(c).url; });
    url.text = [get](const Config& config) {
        return go_quote(masked_s3_url(get(const_cast<Config&>(config)).url));
    };
    t.boolean(
        section + ".s3forcepathstyle", flag("force-path-style"),
        "The bucket stands in the path and not in the host's name.", [get](Config & c) -> auto& {
            return get(c).force_path_style;
        });
    t.text(
        section + ".bucketnames", flag("buckets"),
        "The bucket; one.", [get](Config & c) -> auto& { return get(c).bucketnames; });
    t.text(
        section + ".endpoint", flag("endpoint"),
        "Host and port, with http:// or https:// or without; empty: AWS.",
        [get](Config & c) -> auto& { return get(c).endpoint; });
    t.text(
        section + ".region", flag("region"),
        "Region; empty: AWS_REGION.", [get](Config & c) -> auto& { return get(c).region; });
    t.text(
        section + ".access_key_id", flag("access-key-id"),
        "Key. Empty: the environment, a web identity, the container's or the instance's.",
        [get](Config & c) -> auto& { return get(c).access_key_id; });
    t.secret(
        section + ".secret_access_key", flag("secret-access-key"),
        "Its secret.", [get](Config & c) -> auto& { return get(c).secret_access_key; });
    t.secret(
        section + ".session_token", flag("session-token"),
        "Token of keys that expire.", [get](Config & c) -> auto& { return get(c).session_token; });
    t.boolean(
        section + ".insecure", flag("insecure"),
        "Plain HTTP, if the endpoint doesn't say.", [get](Config & c) -> auto& {
            return get(c).insecure;
        });
    t.boolean(
        section + ".disable_dualstack", flag("disable-dualstack"),
        "AWS's names with IPv4 only.", [get](Config & c) -> auto& {
            return get(c).disable_dualstack;
        });
}

/// How a bucket is talked to.
template <class Get>
void add_s3_manners(KeyTable& t, const std::string& section, const std::string& flags, Get get) {
    const auto flag = [&](const char* name) { return flags.empty() ? "" : flags + "." + name; };
    t.duration(
        section + ".http_config.timeout", flag("http.timeout"),
        "Time of a whole attempt; 0: as long as bytes flow.", [get](Config & c) -> auto& {
            return get(c).timeout;
        });
    t.duration(
        section + ".http_config.idle_conn_timeout", flag("http.idle-conn-timeout"),
        "Time that an unused connection is kept.", [get](Config & c) -> auto& {
            return get(c).idle_conn_timeout;
        });
    t.duration(
        section + ".http_config.response_header_timeout", flag("http.response-header-timeout"),
        "Time without a byte in either direction; 0: 20s.", [get](Config & c) -> auto& {
            return get(c).response_header_timeout;
        });
    t.boolean(
        section + ".http_config.insecure_skip_verify", flag("http.insecure-skip-verify"),
        "Take any certificate.", [get](Config & c) -> auto& {
            return get(c).insecure_skip_verify;
        });
    t.text(
        section + ".http_config.ca_file", flag("http.ca-file"),
        "Roots of the service's certificate (PEM); empty: the system's.",
        [get](Config & c) -> auto& { return get(c).ca_file; });
    t.text(
        section + ".storage_class", flag("storage-class"),
        "Class of new objects.", [get](Config & c) -> auto& { return get(c).storage_class; });
    t.text(section + ".sse.type", flag("sse.type"),
           "Encryption by the service.", [get](Config & c) -> auto& { return get(c).sse_type; },
           {"", "SSE-KMS", "SSE-S3"});
    t.text(
        section + ".sse.kms_key_id", flag("sse.kms-key-id"),
        "Key of SSE-KMS.", [get](Config & c) -> auto& { return get(c).sse_kms_key_id; });
    t.text(
        section + ".sse.kms_encryption_context", flag("sse.kms-encryption-context"),
        "Context of SSE-KMS, as JSON.", [get](Config & c) -> auto& {
            return get(c).sse_kms_encryption_context;
        });
    t.duration(
        section + ".backoff_config.min_period", flag("min-backoff"),
        "Longest pause before the first retry; doubled each time.", [get](Config & c) -> auto& {
            return get(c).min_backoff;
        });
    t.duration(
        section + ".backoff_config.max_period", flag("max-backoff"),
        "Longest pause before a retry.", [get](Config & c) -> auto& { return get(c).max_backoff; });
    t.number(
        section + ".backoff_config.max_retries", flag("max-retries"),
        "Times that a request is sent again.",
        [get](Config & c) -> auto& { return get(c).max_retries; }, 0, 1000);
}

void add_object_store_keys(KeyTable& t) {
    const auto common = [](Config& c) -> Config::S3& { return c.common.s3; };
    const auto aws = [](Config& c) -> Config::S3& { return c.storage.aws; };
    add_s3_place(t, "common.storage.s3", "common.storage.s3", common);
    add_s3_manners(t, "common.storage.s3", "common.storage.s3", common);
    add_s3_place(t, "storage_config.aws", "s3", aws);
    add_s3_manners(t, "storage_config.aws", "s3", aws);
    t.yaml(
        "storage_config.named_stores.aws", "map of buckets",
        "Buckets by names that schema_config may give as object_store; the keys are those of "
        "storage_config.aws.",
        [](Config & c) -> auto& { return c.storage.named_aws; }, parse_named_buckets,
        named_buckets_text);
    t.yaml(
        "storage_config.named_stores.filesystem", "map of folders",
        "Folders by names: {name: {directory}}.",
        [](Config & c) -> auto& { return c.storage.named_filesystem; }, parse_named_folders,
        named_folders_text);
    t.text(
        "storage_config.object_prefix", "store.object-prefix",
        "Put in front of every key of the bucket.",
        [](Config & c) -> auto& { return c.storage.object_prefix; });
    t.text(
        "object_store.cache_directory", "object-store.cache-directory",
        "Folder of what is kept of a bucket on the local disk; it can be deleted. Default: "
        "<path_prefix>/object-cache.",
        [](Config & c) -> auto& { return c.object_store.cache_directory; });
    t.bytes(
        "object_store.cache_size", "object-store.cache-size",
        "Bytes in that folder; 0: nothing is kept.",
        [](Config & c) -> auto& { return c.object_store.cache_size; });
    t.number(
        "object_store.max_requests", "object-store.max-requests",
        "Requests to the bucket at a time; a quarter of them is kept for writing.",
        [](Config & c) -> auto& { return c.object_store.max_requests; }, 2, 1000);
    t.bytes(
        "object_store.part_size", "object-store.part-size",
        "Larger objects are sent in parts of this size.",
        [](Config & c) -> auto& { return c.object_store.part_size; }, 5 * kMiB, kGiB);
}

void add_ingester_keys(KeyTable& t) {
    t.boolean(
        "ingester.wal.enabled", "ingester.wal-enabled",
        "Only true: an acknowledged line is in the log.",
        [](Config & c) -> auto& { return c.ingester.wal_enabled; });
    t.text("ingester.chunk_encoding", "ingester.chunk-encoding", "Compression of lines.",
           [](Config & c) -> auto& { return c.ingester.chunk_encoding; },
           {"none", "gzip", "lz4", "lz4-64k", "lz4-256k", "lz4-1M", "snappy", "flate", "zstd"});
    t.bytes(
        "ingester.chunk_block_size", "ingester.chunks-block-size",
        "Raw bytes of a block: the unit that is compressed and read.",
        [](Config & c) -> auto& { return c.ingester.chunk_block_size; }, 16 * kKiB, 16 * kMiB);
    t.boolean(
        "ingester.block_filters", "ingester.block-filters",
        "Make search filters for new blocks at once (about 10 % of the CPU that taking them "
        "costs); "
        "else they come with the first merge.",
        [](Config & c) -> auto& { return c.ingester.block_filters; });
    t.duration(
        "ingester.max_chunk_age", "ingester.max-chunk-age",
        "Lines older than the newest of their stream by more than half of this are refused.",
        [](Config & c) -> auto& { return c.ingester.max_chunk_age; }, kNanosPerMinute);
    t.number(
        "ingester.max_returned_stream_errors", "ingester.max-ignored-stream-errors",
        "Refused lines that an answer lists; 0: all.",
        [](Config & c) -> auto& { return c.ingester.max_returned_stream_errors; }, 0, 100'000);
    t.bytes(
        "ingester.generation.wal_bytes", "ingester.generation-wal-bytes",
        "A segment is written when the log has grown by this much,",
        [](Config & c) -> auto& { return c.ingester.generation_wal_bytes; }, kMiB, 16 * kGiB);
    t.bytes(
        "ingester.generation.memory_bytes", "ingester.generation-memory-bytes",
        "or its lines take this much memory,",
        [](Config & c) -> auto& { return c.ingester.generation_memory_bytes; }, kMiB, 64 * kGiB);
    t.duration(
        "ingester.generation.max_age", "ingester.generation-max-age", "or it is this old.",
        [](Config & c) -> auto& { return c.ingester.generation_max_age; }, kNanosPerSecond);
    t.bytes(
        "distributor.max_recv_msg_size", "distributor.max-recv-msg-size",
        "Largest push body as sent.",
        [](Config & c) -> auto& { return c.distributor.max_recv_msg_size; }, kKiB, 2 * kGiB);
    t.bytes(
        "distributor.max_decompressed_size", "distributor.max-decompressed-size",
        "Largest push body after decompression.",
        [](Config & c) -> auto& { return c.distributor.max_decompressed_size; }, kKiB, 64 * kGiB);
}

void add_pattern_keys(KeyTable& t) {
    t.boolean(
        "pattern_ingester.enabled", "pattern-ingester.enabled",
        "Find log patterns in the lines that come in, for /loki/api/v1/patterns.",
        [](Config & c) -> auto& { return c.patterns.enabled; });
    t.duration(
        "pattern_ingester.retain_for", "pattern-ingester.retain-for",
        "Time that patterns are kept, restarts included.",
        [](Config & c) -> auto& { return c.patterns.retain_for; }, kNanosPerMinute);
    t.text(
        "pattern_ingester.directory", "pattern-ingester.directory",
        "Folder of the saved patterns. Default: <path_prefix>/patterns.",
        [](Config & c) -> auto& { return c.patterns.directory; });
}

void add_compactor_keys(KeyTable& t) {
    t.duration(
        "compactor.compaction_interval", "compactor.compaction-interval",
        "How often is looked for segments to merge and lines past their retention.",
        [](Config & c) -> auto& { return c.compactor.compaction_interval; }, kNanosPerMilli);
    t.boolean(
        "compactor.retention_enabled", "compactor.retention-enabled",
        "Taken, without effect: retention is on as soon as a period is set.",
        [](Config & c) -> auto& { return c.compactor.retention_enabled; });
    t.duration(
        "compactor.retention_delete_delay", "compactor.retention-delete-delay",
        "Least time between hiding a replaced or expired segment and removing its file.",
        [](Config & c) -> auto& { return c.compactor.retention_delete_delay; });
    t.duration(
        "compactor.delete_request_cancel_period", "compactor.delete-request-cancel-period",
        "How long a delete request can be cancelled; its lines are removed after that.",
        [](Config & c) -> auto& { return c.compactor.delete_request_cancel_period; });
    t.duration(
        "compactor.delete_max_interval", "compactor.delete-max-interval",
        "The largest max_interval that a delete request may name.",
        [](Config & c) -> auto& { return c.compactor.delete_max_interval; });
    t.number(
        "compactor.merge_segments", "compactor.merge-segments",
        "So many small segments are merged into a larger one,",
        [](Config & c) -> auto& { return c.compactor.merge_segments; }, 2, 1000);
    t.duration(
        "compactor.merge_after", "compactor.merge-after",
        "or fewer, when one has waited this long for others.",
        [](Config & c) -> auto& { return c.compactor.merge_after; });
    t.bytes(
        "compactor.segment_size", "compactor.segment-size", "Lines that a merge takes at most.",
        [](Config & c) -> auto& { return c.compactor.segment_size; }, 16 * kMiB, 1024 * kGiB);
    t.bytes(
        "compactor.block_size", "compactor.block-size", "Raw bytes of a block of a merged segment.",
        [](Config & c) -> auto& { return c.compactor.block_size; }, 16 * kKiB, 16 * kMiB);
    t.number(
        "compactor.zstd_level", "compactor.zstd-level",
        "zstd's level for merged segments: higher is smaller and slower.",
        [](Config & c) -> auto& { return c.compactor.zstd_level; }, 1, 19);
    t.bytes(
        "retention.max_size", "retention.max-size",
        "Stored bytes beyond which the oldest segments are dropped; 0: any.",
        [](Config & c) -> auto& { return c.retention.max_size; });
    t.real(
        "retention.min_free_percent", "retention.min-free-percent",
        "Free space of the disk, in percent, below which the oldest segments are dropped; 0: off.",
        [](Config & c) -> auto& { return c.retention.min_free_percent; });
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
    t.text(
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
        "headers.",
        [](Config & c) -> auto& { return c.ruler.remote_write_client; });
    t.secret_yaml(
        "ruler.remote_write.clients", "Several of them by name.",
        [](Config & c) -> auto& { return c.ruler.remote_write_clients; });
    t.number(
        "limits_config.ruler_max_rules_per_rule_group", "ruler.max-rules-per-rule-group",
        "Rules of a group; 0: no limit.",
        [](Config & c) -> auto& { return c.limits.ruler_max_rules_per_rule_group; }, 0, 1'000'000);
    t.number(
        "limits_config.ruler_max_rule_groups_per_tenant", "ruler.max-rule-groups-per-tenant",
        "Groups of a tenant; 0: no limit.",
        [](Config & c) -> auto& { return c.limits.ruler_max_rule_groups_per_tenant; }, 0,
        1'000'000);
}

void add_memory_keys(KeyTable& t) {
    t.bytes(
        "memory.limit", "memory.limit",
        "Memory of the whole process, at least 128MB; divided into the shares below, of which any "
        "may be set. 0: 512MB, or four fifths of what the machine or the control group has if "
        "that is less.",
        [](Config & c) -> auto& { return c.memory.limit; }, 0, 1024 * kGiB);
    t.bytes(
        "memory.ingest", "memory.ingest",
        "Budget of lines that are not in segments yet. Past it pushes wait, then get 503.",
        [](Config & c) -> auto& { return c.memory.ingest; }, 16 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.cache", "memory.cache", "Budget of decoded columns and tables that queries keep.",
        [](Config & c) -> auto& { return c.memory.cache; }, kMiB, 1024 * kGiB);
    t.bytes(
        "memory.requests", "memory.requests",
        "Budget of request bodies that are being read. Past it requests wait, then get 503.",
        [](Config & c) -> auto& { return c.memory.requests; }, 8 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.catalog", "memory.catalog", "Budget of the catalog's caches and buffers.",
        [](Config & c) -> auto& { return c.memory.catalog; }, 4 * kMiB, 64 * kGiB);
    t.bytes(
        "memory.queries", "memory.queries",
        "Budget of what running queries gather: lists of streams and blocks, lines of answers, "
        "series, samples. Past it queries get 503, one that is too large alone 429.",
        [](Config & c) -> auto& { return c.memory.queries; }, 8 * kMiB, 1024 * kGiB);
    t.bytes(
        "memory.results", "memory.results",
        "Budget of results of queries that are kept for the next time; 0: none.",
        [](Config & c) -> auto& { return c.memory.results; }, 0, 1024 * kGiB);
    t.number(
        "workers.threads", "workers.threads", "Threads for work on CPU and disk; 0: one a core.",
        [](Config & c) -> auto& { return c.workers.threads; }, 0, 1024);
    t.number(
        "workers.io_threads", "workers.io-threads",
        "Threads for the network; 0: one a core, at most 4.",
        [](Config & c) -> auto& { return c.workers.io_threads; }, 0, 256);
}

void add_runtime_keys(KeyTable& t) {
    t.text(
        "runtime_config.file", "runtime-config.file",
        "Files with limits of single tenants, separated by commas; read again when they change.",
        [](Config & c) -> auto& { return c.runtime_config.file; });
    t.duration(
        "runtime_config.period", "runtime-config.reload-period",
        "How often is looked whether they have changed.",
        [](Config & c) -> auto& { return c.runtime_config.period; }, kNanosPerMilli);
}

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

void add_frontend_keys(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.boolean(
        "query_range.cache_results", "querier.cache-results",
        "Keep results of metric queries over a range, and which times log queries have no lines "
        "at.",
        [](Config & c) -> auto& { return c.query_range.cache_results; });
    t.number(
        "query_range.results_cache.cache.embedded_cache.max_size_mb",
        "frontend.embedded-cache.max-size-mb",
        "Megabytes of results that are kept; 0: none. Another name of memory.results.",
        [](Config & c) -> auto& { return c.query_range.results_cache_mb; }, 0, 1024 * 1024);
    t.number(
        "query_range.max_retries", "querier.max-retries-per-request",
        "How often a part of a query is tried again when a disk or an object store fails.",
        [](Config & c) -> auto& { return c.query_range.max_retries; }, 0, 100);
    t.number(
        "query_scheduler.max_outstanding_requests_per_tenant",
        "query-scheduler.max-outstanding-requests-per-tenant",
        "Queries of a tenant that may wait for their turn. Past it: 429.",
        [](Config & c) -> auto& { return c.frontend.max_outstanding_per_tenant; }, 0, kCountMax);
    t.number(
        "frontend.max_running_queries", "frontend.max-running-queries",
        "Queries of all tenants that run at a time; each tenant may have its share of them.",
        [](Config & c) -> auto& { return c.frontend.max_running; }, 1, 65'536);
}

void add_read_limits(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.number(
        "limits_config.max_entries_limit_per_query", "validation.max-entries-limit",
        "Largest limit of a log query; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_entries_limit_per_query; }, 0, kCountMax);
    t.number(
        "limits_config.max_query_series", "querier.max-query-series",
        "Series of a metric query's answer.",
        [](Config & c) -> auto& { return c.limits.max_query_series; }, 0, kCountMax);
    t.number(
        "limits_config.max_streams_matchers_per_query", "querier.max-streams-matcher-per-query",
        "Matchers of a query.",
        [](Config & c) -> auto& { return c.limits.max_streams_matchers_per_query; }, 0, kCountMax);
    t.number(
        "limits_config.max_concurrent_tail_requests", "querier.max-concurrent-tail-requests",
        "Tails that a tenant may have open; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_concurrent_tail_requests; }, 0, kCountMax);
    t.duration(
        "querier.tail_max_duration", "querier.tail-max-duration",
        "Then a tail is closed and must be opened anew; 0: never.",
        [](Config & c) -> auto& { return c.querier.tail_max_duration; });
    t.boolean(
        "querier.multi_tenant_queries_enabled", "querier.multi-tenant-queries-enabled",
        "Answer queries over several tenants (X-Scope-OrgID: a|b).",
        [](Config & c) -> auto& { return c.querier.multi_tenant_queries_enabled; });
    t.duration(
        "frontend.log_queries_longer_than", "frontend.log-queries-longer-than",
        "Log requests to the read path that take longer; 0: none, negative: all.",
        [](Config & c) -> auto& { return c.frontend.log_queries_longer_than; }, kTimeMin);
    t.duration(
        "limits_config.max_query_length", "store.max-query-length",
        "Longest time range of a query; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_query_length; });
    t.duration(
        "limits_config.max_query_lookback", "querier.max-query-lookback",
        "How far back queries see; 0: everything.",
        [](Config & c) -> auto& { return c.limits.max_query_lookback; });
    t.duration(
        "limits_config.max_query_range", "querier.max-query-range", "Longest [range]; 0: any.",
        [](Config & c) -> auto& { return c.limits.max_query_range; });
    t.duration(
        "limits_config.query_timeout", "querier.query-timeout", "Time that a query may take.",
        [](Config & c) -> auto& { return c.limits.query_timeout; }, kNanosPerMilli);
    t.duration(
        "limits_config.split_queries_by_interval", "querier.split-queries-by-interval",
        "Intervals that queries are answered in and results are kept by; metric queries are "
        "aligned "
        "to their step. 0: neither.",
        [](Config & c) -> auto& { return c.limits.split_queries_by_interval; });
    t.duration(
        "limits_config.max_cache_freshness_per_query", "frontend.max-cache-freshness",
        "Results of rows that are newer are not kept.",
        [](Config & c) -> auto& { return c.limits.max_cache_freshness_per_query; });
    add_frontend_keys(t);
    t.boolean(
        "limits_config.volume_enabled", "limits.volume-enabled", "Answer index/volume requests.",
        [](Config & c) -> auto& { return c.limits.volume_enabled; });
    t.number(
        "limits_config.volume_max_series", "limits.volume-max-series",
        "Series of an index/volume answer.",
        [](Config & c) -> auto& { return c.limits.volume_max_series; }, 0, kCountMax);
}

void add_query_size_limits(KeyTable& t) {
    constexpr std::int64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    t.number(
        "limits_config.max_query_parallelism", "querier.max-query-parallelism",
        "Threads that work on one query at a time, of those there are, and queries of a tenant "
        "that "
        "run at a time; 0: queries are refused.",
        [](Config & c) -> auto& { return c.limits.max_query_parallelism; }, 0, kCountMax);
    t.bytes(
        "limits_config.max_query_bytes_read", "frontend.max-query-bytes-read",
        "Bytes of lines that the streams and the time range of a query may hold; 0: any number.",
        [](Config & c) -> auto& { return c.limits.max_query_bytes_read; });
    t.bytes(
        "limits_config.max_querier_bytes_read", "frontend.max-querier-bytes-read",
        "The same for each split_queries_by_interval of the query, on average.",
        [](Config & c) -> auto& { return c.limits.max_querier_bytes_read; });
    t.list(
        "limits_config.required_labels", "", "Labels that every selector of a query must name.",
        [](Config & c) -> auto& { return c.limits.required_labels; });
    t.number(
        "limits_config.minimum_labels_number", "",
        "Labels that every selector of a query must name at least.",
        [](Config & c) -> auto& { return c.limits.minimum_labels_number; }, 0, kCountMax);
    t.yaml(
        "limits_config.blocked_queries", "list of rules",
        "Queries that are refused: {pattern, regex, hash, types, tags}; what is named must be so.",
        [](Config & c) -> auto& { return c.limits.blocked_queries; }, parse_blocked_queries,
        blocked_queries_text);
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = [] {
        KeyTable table;
        add_server_keys(table);
        add_grpc_keys(table);
        add_tls_keys(table);
        add_place_keys(table);
        add_object_store_keys(table);
        add_ingester_keys(table);
        add_pattern_keys(table);
        add_compactor_keys(table);
        add_ruler_keys(table);
        add_receiver_keys(table);
        add_memory_keys(table);
        add_runtime_keys(table);
        add_write_limits(table);
        add_policy_limits(table);
        add_otlp_limits(table);
        add_read_limits(table);
        add_retention_limits(table);
        add_query_size_limits(table);
        return table.take();
    }();
    return keys;
}

const ConfigKey* find_config_key(std::string_view path) {
    for (const ConfigKey& key : config_keys())
        if (key.path == path) return &key;
    return nullptr;
}

}  // namespace skald
