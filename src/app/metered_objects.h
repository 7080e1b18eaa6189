// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/s3/s3_object_store.h>

#include <memory>
#include <string>

namespace skald::app {

/// The same objects; what is done to them is counted and timed in `loki_objstore_bucket_…`, under
/// the names that Loki's client of buckets gives the operations. `bucket` is the label.
/// `clock` and `metrics` must outlive it.
std::unique_ptr<storage::ObjectStore> meter(std::unique_ptr<storage::ObjectStore> objects,
                                            const std::string& bucket, const Clock& clock,
                                            MetricsRegistry& metrics);
std::unique_ptr<storage::RemoteObjectStore> meter(
    std::unique_ptr<storage::RemoteObjectStore> objects, const std::string& bucket,
    const Clock& clock, MetricsRegistry& metrics);

}  // namespace skald::app
