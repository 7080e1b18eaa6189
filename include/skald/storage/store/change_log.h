// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

namespace skald::storage {

/// Knows when rows of which times have changed, so that whoever keeps answers can tell whether they
/// still hold. A change gets the next version; minutes remember the version of their last change.
///
/// Use: `watch`, then `version`, then read rows; an answer from these rows holds while `unchanged`
/// says so for that version. Whoever changes rows calls `note` when the change is visible and
/// before it is acknowledged, so that what was acknowledged is never missed.
///
/// Read path: frontend -> [ChangeLog] <- ingester (pushes), deletes, compactor (rows dropped
/// early). Memory is bounded: times before the last hours that are kept, and tenants that nobody
/// watches, count as changed when they were forgotten. Threading: thread-safe.
class ChangeLog {
public:
    /// From now on changes of the tenant are remembered.
    void watch(const TenantId& tenant);
    /// The version of the latest change.
    std::uint64_t version() const noexcept { return version_.load(); }

    /// Rows of [min, max] have come, gone or changed.
    void note(const TenantId& tenant, TimeNs min, TimeNs max);
    /// Rows of any tenant and time may have gone.
    void note_all() noexcept;

    /// True if no row of [min, max] has changed since the version. May be false without need, never
    /// true wrongly. Requires: the tenant was watched before the version was asked for.
    bool unchanged(const TenantId& tenant, TimeNs min, TimeNs max, std::uint64_t since) const;

private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kTenantsMax = 256;  ///< Of a shard.
    static constexpr std::size_t kHoursMax = 64;     ///< Of a tenant.

    /// Versions of the last changes in an hour.
    struct Hour {
        std::uint64_t any = 0;    ///< Of all.
        std::uint64_t whole = 0;  ///< Of those that are not told apart by minute.
        std::array<std::uint64_t, 60> minutes = {};
    };
    struct Tenant {
        std::uint64_t created = 0;  ///< What happened before this version is not known.
        /// Times before this minute have changed at `forgotten_version`.
        std::int64_t forgotten_before = std::numeric_limits<std::int64_t>::min();
        std::uint64_t forgotten_version = 0;
        std::uint64_t watched = 0;           ///< Version at the last `watch`.
        std::map<std::int64_t, Hour> hours;  ///< By hours since the epoch.
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<TenantId, Tenant> tenants;
    };

    Shard& shard_of(const TenantId& tenant) const;
    static void mark(Tenant& tenant, std::int64_t first, std::int64_t last, std::uint64_t version);
    static void forget_hours(Tenant& tenant);
    static bool is_unchanged(const Tenant& tenant, std::int64_t first, std::int64_t last,
                             std::uint64_t since);

    std::atomic<std::uint64_t> version_{1};
    std::atomic<std::uint64_t> all_changed_{0};
    mutable std::array<Shard, kShards> shards_;
};

}  // namespace skald::storage
