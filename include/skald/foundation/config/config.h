// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald {

/// Everything that an operator can set, typed. The names are the keys of the YAML file; what each
/// means, its default and its range are in one table (src/foundation/config/config_keys.cc), from
/// which parsing, flags, `-help`, `/config` and docs/configuration.md come.
struct Config {
    /// A bucket of a service that speaks S3: `storage_config.aws` and its like.
    struct S3 {
        std::string url;  ///< s3://key:secret@region-or-endpoint/bucket
        bool force_path_style = false;
        std::string bucketnames;
        std::string endpoint;
        std::string region;
        std::string access_key_id;
        std::string secret_access_key;
        std::string session_token;
        bool insecure = false;
        DurationNs timeout = 0;
        DurationNs idle_conn_timeout = 90 * kNanosPerSecond;
        DurationNs response_header_timeout = 0;
        bool insecure_skip_verify = false;
        std::string ca_file;
        std::string storage_class = "STANDARD";
        std::string sse_type;
        std::string sse_kms_key_id;
        std::string sse_kms_encryption_context;
        DurationNs min_backoff = 100 * kNanosPerMilli;
        DurationNs max_backoff = 3 * kNanosPerSecond;
        std::uint64_t max_retries = 5;
        bool disable_dualstack = false;

        bool operator==(const S3&) const = default;
    };

    std::string target = "all";
    bool auth_enabled = true;
    std::string auth_file;

    struct Server {
        std::string http_listen_address;
        std::uint64_t http_listen_port = 3100;
        std::uint64_t http_listen_conn_limit = 0;
        std::string admin_listen_address = "127.0.0.1";
        std::uint64_t admin_listen_port = 0;
        DurationNs http_server_read_timeout = 30 * kNanosPerSecond;
        DurationNs http_server_read_header_timeout = 0;
        DurationNs http_server_write_timeout = 30 * kNanosPerSecond;
        DurationNs http_server_idle_timeout = 2 * kNanosPerMinute;
        DurationNs graceful_shutdown_timeout = 30 * kNanosPerSecond;
        std::string http_path_prefix;
        struct Tls {
            std::string cert;
            std::string cert_file;
            std::string key;
            std::string key_file;
            std::string client_ca;
            std::string client_ca_file;
            std::string client_auth_type;
        } http_tls_config, grpc_tls_config;
        std::string grpc_listen_address;
        std::uint64_t grpc_listen_port = 9095;
        std::uint64_t grpc_listen_conn_limit = 0;
        std::uint64_t grpc_server_max_recv_msg_size = 4 * kMiB;
        std::uint64_t grpc_server_max_send_msg_size = 4 * kMiB;
        std::uint64_t grpc_server_max_concurrent_streams = 100;
        DurationNs grpc_server_max_connection_idle = kTimeMax;
        DurationNs grpc_server_max_connection_age = kTimeMax;
        DurationNs grpc_server_max_connection_age_grace = kTimeMax;
        DurationNs grpc_server_keepalive_time = 2 * kNanosPerHour;
        DurationNs grpc_server_keepalive_timeout = 20 * kNanosPerSecond;
        DurationNs grpc_server_min_time_between_pings = 10 * kNanosPerSecond;
        bool grpc_server_ping_without_stream_allowed = true;
        std::string tls_min_version;
        std::string tls_cipher_suites;
        std::string log_level = "info";
        std::string log_format = "logfmt";
    } server;

    struct Common {
        std::string path_prefix;
        std::string instance_addr;
        std::string chunks_directory;
        std::string rules_directory;
        std::string ring_store;
        std::string instance_id;
        std::uint64_t replication_factor = 1;
        S3 s3;
    } common;

    struct Distributor {
        std::uint64_t max_recv_msg_size = 100 * kMiB;
        std::uint64_t max_decompressed_size = 5000 * kMiB;
    } distributor;

    struct Querier {
        DurationNs tail_max_duration = kNanosPerHour;
        bool multi_tenant_queries_enabled = false;
        bool per_request_limits_enabled = false;
    } querier;

    struct Frontend {
        DurationNs log_queries_longer_than = 0;
        std::uint64_t max_outstanding_per_tenant = 32000;
        std::uint64_t max_running = 64;
    } frontend;

    struct QueryRange {
        bool cache_results = true;
        std::uint64_t results_cache_mb = 20;  ///< Another name of memory.results.
        std::uint64_t max_retries = 5;
    } query_range;

    struct Ingester {
        std::string wal_directory;
        bool wal_enabled = true;
        std::string chunk_encoding = "zstd";
        std::uint64_t chunk_block_size = 256 * kKiB;
        bool block_filters = true;
        DurationNs max_chunk_age = 2 * kNanosPerHour;
        std::uint64_t max_returned_stream_errors = 10;
        std::uint64_t generation_wal_bytes = 256 * kMiB;
        std::uint64_t generation_memory_bytes = 96 * kMiB;
        DurationNs generation_max_age = 15 * kNanosPerMinute;
    } ingester;

    struct Patterns {
        bool enabled = false;
        DurationNs retain_for = kNanosPerDay;
        std::string directory;
    } patterns;

    struct Storage {
        std::string filesystem_directory;
        std::string catalog_directory;
        std::string object_prefix;
        S3 aws;
        std::map<std::string, S3> named_aws;
        std::map<std::string, std::string> named_filesystem;  ///< Their folders.
        /// `object_store` of each period, and its line in the file.
        std::vector<std::pair<std::size_t, std::string>> periods;
        /// Derived: where segments are. `aws` then has the bucket's settings, whatever their
        /// source.
        bool is_remote = false;
    } storage;

    struct ObjectStore {
        std::string cache_directory;
        std::uint64_t cache_size = 4 * kGiB;
        std::uint64_t max_requests = 32;
        std::uint64_t part_size = 8 * kMiB;
    } object_store;

    struct Compactor {
        DurationNs compaction_interval = 10 * kNanosPerMinute;
        bool retention_enabled = false;
        DurationNs retention_delete_delay = kNanosPerMinute;
        DurationNs delete_request_cancel_period = kNanosPerDay;
        DurationNs delete_max_interval = kNanosPerDay;
        std::uint64_t merge_segments = 4;
        DurationNs merge_after = kNanosPerHour;
        std::uint64_t segment_size = 2 * kGiB;
        std::uint64_t block_size = kMiB;
        std::uint64_t zstd_level = 8;
    } compactor;

    struct Ruler {
        bool enable_api = true;
        std::string storage_type;
        std::string directory;
        DurationNs evaluation_interval = kNanosPerMinute;
        DurationNs poll_interval = kNanosPerMinute;
        DurationNs resend_delay = kNanosPerMinute;
        DurationNs for_outage_tolerance = kNanosPerHour;
        DurationNs max_jitter = 0;
        std::string external_url;
        std::string datasource_uid;
        std::vector<std::string> enabled_tenants;
        std::vector<std::string> disabled_tenants;
        bool disable_rule_group_label = false;
        std::string alertmanager_url;
        bool enable_alertmanager_v2 = true;
        std::uint64_t notification_queue_capacity = 10'000;
        DurationNs notification_timeout = 10 * kNanosPerSecond;
        struct AlertmanagerClient {
            std::string basic_auth_username;
            std::string basic_auth_password;
            std::string type = "Bearer";
            std::string credentials;
            std::string credentials_file;
            ClientTls tls;
        } alertmanager_client;
        RelabelRules alert_relabel_configs;
        bool remote_write_enabled = false;
        bool remote_write_add_org_id_header = true;
        std::vector<RemoteWriteClient> remote_write_client;  ///< One or none.
        std::vector<RemoteWriteClient> remote_write_clients;
    } ruler;

    struct Retention {
        std::uint64_t max_size = 0;
        double min_free_percent = 0;
    } retention;

    struct Memory {
        std::uint64_t limit = 0;
        std::uint64_t ingest = 160 * kMiB;
        std::uint64_t cache = 48 * kMiB;
        std::uint64_t requests = 56 * kMiB;
        std::uint64_t catalog = 16 * kMiB;
        std::uint64_t queries = 132 * kMiB;
        std::uint64_t tails = 32 * kMiB;
        std::uint64_t results = 20 * kMiB;
    } memory;

    struct Workers {
        std::uint64_t threads = 0;
        std::uint64_t io_threads = 0;
    } workers;

    struct RuntimeConfig {
        std::string file;
        DurationNs period = 10 * kNanosPerSecond;
    } runtime_config;

    Limits limits;
};

/// Something wrong with the configuration. `line` counts from 1; 0 for flags and derived values.
struct ConfigProblem {
    std::size_t line = 0;
    std::string text;
};

/// A configuration as loaded, with what there is to say about it.
struct LoadedConfig {
    Config config;
    std::vector<ConfigProblem> problems;  ///< Any of these stops the start.
    std::vector<std::string> ignored;     ///< Loki's keys and flags that mean nothing here.
    std::vector<std::string> notes;       ///< Worth a warning: old names of keys.
};

/// One `-name=value` of the command line, without dashes; or the value of a variable of the
/// environment, whose `name` is the path of the key.
struct ConfigFlag {
    std::string name;
    std::string value;
    std::string variable = {};  ///< Empty for a flag.
};

/// The value of a variable of the environment, if it is set.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// Replaces `${VAR}` in a configuration file, as `-config.expand-env` asks for: with defaults
/// (`${VAR:-text}`, `${VAR-text}`, `${VAR:=text}`, `${VAR:text}`), alternatives (`${VAR:+text}`),
/// case (`^ ^^ , ,,`), length
/// (`${#VAR}`), parts (`${VAR:2:5}`), trimming (`# ## % %%`) and replacing (`/a/b`, `//a/b`). `$$`
/// is a dollar; a variable that isn't set is empty. Errors: kInvalidArgument, naming the place.
Result<std::string> expand_environment(std::string_view text, const EnvironmentLookup& lookup);

/// Keys that the environment sets: SKALD_SERVER_HTTP_LISTEN_PORT is server.http_listen_port.
std::vector<ConfigFlag> environment_settings(const EnvironmentLookup& lookup);

/// Reads YAML over the defaults, then flags over the file in their order, then fills derived values
/// (paths below common.path_prefix, shares of memory) and checks everything. `machine_memory`:
/// bytes that the process may have, 0 if unknown. Never fails: all problems are listed.
/// Threading: pure.
LoadedConfig load_config(std::string_view yaml, const std::vector<ConfigFlag>& flags,
                         std::uint64_t machine_memory = 0);

/// Limits of tenants that have some of their own, as a file of overrides gives them.
struct LoadedOverrides {
    std::map<std::string, Limits, std::less<>> tenants;
    std::vector<ConfigProblem> problems;  ///< With any of these the file is not used.
    std::set<std::string> ignored;        ///< Loki's keys that mean nothing here.
};

/// Reads a file of overrides (`overrides: {tenant: {limit: value}}`) over what `loaded` holds; what
/// a tenant doesn't set is as in `base`. Never fails: all problems are listed. Threading: pure.
void load_overrides(std::string_view yaml, const Limits& base, LoadedOverrides& loaded);
/// The limits that differ from `base`, a tenant a section, in the form that `load_overrides` reads.
/// Secrets are masked.
std::string overrides_yaml(const std::map<std::string, Limits, std::less<>>& tenants,
                           const Limits& base);

/// The configuration of a server that was started without a file: no authentication, data in
/// ./data.
std::string_view embedded_config_yaml();

/// True if `name` is the flag of some key, or one of Loki's.
bool is_config_flag(std::string_view name);
/// True if the flag stands for a boolean, so that `-name` alone means true.
bool is_boolean_flag(std::string_view name);

/// All keys with their values as YAML. Mode "diff": only those that differ from the defaults;
/// "defaults": the defaults.
std::string config_yaml(const Config& config, std::string_view mode);
/// `-help`: a line or two a key.
std::string config_help();
/// docs/configuration.md's table of keys.
std::string config_markdown();
/// docs/loki-keys.md's table: what becomes of each of Loki's keys.
std::string loki_keys_markdown();

}  // namespace skald
