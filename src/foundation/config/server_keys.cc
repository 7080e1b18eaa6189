// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"

namespace skald {

namespace {

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

}  // namespace

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
        "Connections at a time; 0: 16384.",
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

}  // namespace skald
