// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/s3/s3_options.h>

#include <chrono>
#include <memory>
#include <string>

namespace skald::storage {

/// Objects in a bucket of any service that speaks S3.
///
/// Write path: store (publish, rewrite) -> [RemoteObjectStore] -> the service.
/// Threading: thread-safe. Calls block, for as long as the retries last.
class RemoteObjectStore : public ObjectStore {
public:
    /// Whether the bucket is there and the credentials are good for listing it; also aborts uploads
    /// that were begun a day ago or earlier and never completed. Errors: kUnavailable, in words for
    /// the operator.
    virtual Result<void> check() = 0;
    /// For the end of the process: calls fail soon instead of being tried again.
    virtual void hurry() = 0;
    /// Where it is, for people and to tell stores apart: "s3://bucket/prefix at https://host".
    virtual const std::string& place() const = 0;
};

/// Asks nothing of the service yet. `files`, `clock` and `metrics` must outlive the store.
/// Errors: kInvalidArgument, what is missing in the options.
Result<std::unique_ptr<RemoteObjectStore>> open_s3_object_store(S3Options options,
                                                                FileSystem& files,
                                                                const Clock& clock,
                                                                MetricsRegistry& metrics);

}  // namespace skald::storage
