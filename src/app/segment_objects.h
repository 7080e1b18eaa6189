// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/s3/s3_object_store.h>

#include <memory>

namespace skald::app {

/// The bucket of the configuration, which must name one. `clock` and `metrics` must outlive it.
/// Errors: of a setting; the bucket isn't asked yet.
Result<std::unique_ptr<storage::RemoteObjectStore>> open_bucket(const Config& config,
                                                                const Clock& clock,
                                                                MetricsRegistry& metrics);

/// Where segments are by the configuration: a folder, or a bucket behind a cache on the local disk.
/// Threading: as the object stores.
class SegmentObjects {
public:
    /// `clock` and `metrics` must outlive it. Errors: of a setting or of the local disk; a bucket
    /// isn't asked yet.
    static Result<std::unique_ptr<SegmentObjects>> open(const Config& config, const Clock& clock,
                                                        MetricsRegistry& metrics);

    storage::ObjectStore& store() { return *store_; }
    bool is_remote() const { return remote_ != nullptr; }
    /// Whether the bucket can be used; a folder always can.
    Result<void> check();
    /// For the end of the process: what waits for the bucket fails soon.
    void hurry();

private:
    std::unique_ptr<storage::RemoteObjectStore> remote_;
    std::unique_ptr<storage::ObjectStore> store_;
};

}  // namespace skald::app
