// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/write/distributor/push_batch.h>

#include <cstdint>

namespace skald::api {

/// True if a push was refused for the size of its body, packed or not.
bool is_for_size(const Error& error);

/// Counts pushes that were refused for their size: their bytes as they came. How many lines they
/// had, of which streams, nobody knows.
/// Threading: thread-safe.
class RefusedBodies {
public:
    /// `metrics` must outlive it.
    RefusedBodies(MetricsRegistry& metrics, write::PushFormat format)
        : metrics_(metrics), format_(format) {}

    void count(const TenantId& tenant, std::uint64_t bytes) const;
    /// If it was for its size.
    void count(const TenantId& tenant, std::uint64_t bytes, const Error& error) const {
        if (is_for_size(error)) count(tenant, bytes);
    }

private:
    MetricsRegistry& metrics_;
    const write::PushFormat format_;
};

}  // namespace skald::api
