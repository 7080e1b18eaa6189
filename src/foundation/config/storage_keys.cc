// SPDX-License-Identifier: Apache-2.0
#include "key_sections.h"
#include "key_table.h"
#include "named_stores.h"
#include "s3_url.h"

namespace skald {

namespace {

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

}  // namespace

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

}  // namespace skald
