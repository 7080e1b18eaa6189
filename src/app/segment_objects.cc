// SPDX-License-Identifier: Apache-2.0
#include "segment_objects.h"

#include "metered_objects.h"

#include <skald/foundation/telemetry/log.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/objstore/range_cache.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

namespace skald::app {

namespace {

std::chrono::milliseconds millis(DurationNs time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(time));
}

std::optional<std::string> variable(std::string_view name) {
    const char* const value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

storage::S3Options s3_options(const Config& config) {
    const Config::S3& bucket = config.storage.aws;
    storage::S3Options options;
    options.endpoint = bucket.endpoint;
    options.region = bucket.region;
    options.bucket = bucket.bucketnames;
    options.prefix = config.storage.object_prefix;
    options.path_style = bucket.force_path_style;
    options.insecure = bucket.insecure;
    options.dualstack = !bucket.disable_dualstack;
    options.access_key_id = bucket.access_key_id;
    options.secret_access_key = bucket.secret_access_key;
    options.session_token = bucket.session_token;
    options.sse_type = bucket.sse_type;
    options.sse_kms_key_id = bucket.sse_kms_key_id;
    options.sse_kms_encryption_context = bucket.sse_kms_encryption_context;
    if (bucket.storage_class != "STANDARD") options.storage_class = bucket.storage_class;
    options.insecure_skip_verify = bucket.insecure_skip_verify;
    options.ca_file = bucket.ca_file;
    options.timeout = millis(bucket.timeout);
    if (bucket.response_header_timeout > 0)
        options.idle_timeout = millis(bucket.response_header_timeout);
    options.idle_connection = millis(bucket.idle_conn_timeout);
    options.backoff_min = millis(bucket.min_backoff);
    options.backoff_max = millis(bucket.max_backoff);
    options.retries = static_cast<std::uint32_t>(bucket.max_retries);
    options.requests_max = static_cast<std::uint32_t>(config.object_store.max_requests);
    options.part_bytes = config.object_store.part_size;
    options.environment = variable;
    return options;
}

/// Segments of a time before the bucket are not read from the folder.
void warn_of_local_segments(const std::string& folder, const std::string& place) {
    storage::FileSystem& files = storage::posix_file_system();
    const auto found = files.list(storage::join_path(folder, "segments"));
    if (!found || found->empty()) return;
    log_warn(
        "segments on the local disk are not read: the configuration puts segments into a "
        "bucket; copy them there to have them (docs/operations.md)",
        {{"folder", folder}, {"segments", found->size()}, {"bucket", place}});
}

}  // namespace

Result<std::unique_ptr<storage::RemoteObjectStore>> open_bucket(const Config& config,
                                                                const Clock& clock,
                                                                MetricsRegistry& metrics) {
    return storage::open_s3_object_store(s3_options(config), storage::posix_file_system(), clock,
                                         metrics);
}

Result<std::unique_ptr<SegmentObjects>> SegmentObjects::open(const Config& config,
                                                             const Clock& clock,
                                                             MetricsRegistry& metrics) {
    auto objects = std::make_unique<SegmentObjects>();
    storage::FileSystem& files = storage::posix_file_system();
    if (!config.storage.is_remote) {
        SKALD_TRY(objects->store_,
                  storage::open_file_object_store(files, config.common.chunks_directory));
        objects->store_ = meter(std::move(objects->store_), "", clock, metrics);
        return objects;
    }
    SKALD_TRY(objects->remote_, open_bucket(config, clock, metrics));
    objects->remote_ =
        meter(std::move(objects->remote_), config.storage.aws.bucketnames, clock, metrics);
    log_info("segments are in a bucket", {{"bucket", objects->remote_->place()}});
    warn_of_local_segments(config.common.chunks_directory, objects->remote_->place());
    storage::RangeCacheOptions options;
    options.directory = config.object_store.cache_directory;
    options.bytes_max = config.object_store.cache_size;
    options.place = objects->remote_->place();
    SKALD_TRY(objects->store_,
              storage::open_range_cache(*objects->remote_, files, std::move(options), metrics));
    return objects;
}

Result<void> SegmentObjects::check() {
    return remote_ == nullptr ? Result<void>() : remote_->check();
}

void SegmentObjects::hurry() {
    if (remote_ != nullptr) remote_->hurry();
}

}  // namespace skald::app
