// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/calendar.h>
#include <skald/storage/store/change_log.h>

#include <algorithm>

namespace skald::storage {
namespace {

constexpr std::int64_t kMinutesOfHour = 60;

std::int64_t minute_of(TimeNs time) {
    return floor_div(time, kNanosPerMinute);
}

std::int64_t hour_of(std::int64_t minute) {
    return floor_div(minute, kMinutesOfHour);
}

}  // namespace

ChangeLog::Shard& ChangeLog::shard_of(const TenantId& tenant) const {
    return shards_[hash64(tenant.text()) % kShards];
}

void ChangeLog::watch(const TenantId& tenant) {
    Shard& shard = shard_of(tenant);
    const std::lock_guard hold(shard.mutex);
    const auto found = shard.tenants.find(tenant);
    if (found != shard.tenants.end()) {
        found->second.watched = version();
        return;
    }
    if (shard.tenants.size() >= kTenantsMax) {
        shard.tenants.erase(std::min_element(
            shard.tenants.begin(), shard.tenants.end(),
            [](const auto& a, const auto& b) { return a.second.watched < b.second.watched; }));
    }
    Tenant& added = shard.tenants[tenant];
    added.created = added.watched = ++version_;
}

void ChangeLog::note(const TenantId& tenant, TimeNs min, TimeNs max) {
    Shard& shard = shard_of(tenant);
    const std::lock_guard hold(shard.mutex);
    const auto found = shard.tenants.find(tenant);
    if (found == shard.tenants.end()) return;
    mark(found->second, minute_of(min), minute_of(max), ++version_);
}

void ChangeLog::note_all() noexcept {
    const std::uint64_t version = ++version_;
    std::uint64_t known = all_changed_.load();
    while (known < version && !all_changed_.compare_exchange_weak(known, version)) {
    }
}

void ChangeLog::mark(Tenant& tenant, std::int64_t first, std::int64_t last, std::uint64_t version) {
    const std::int64_t first_hour = hour_of(first);
    const std::int64_t last_hour = hour_of(last);
    const auto hours_max = static_cast<std::int64_t>(kHoursMax);
    std::int64_t next = first_hour;
    if (last_hour - first_hour >= hours_max) {
        // Too long to remember by hour.
        next = last_hour - hours_max + 1;
        tenant.forgotten_version = version;
        tenant.forgotten_before = std::max(tenant.forgotten_before, next * kMinutesOfHour);
    }
    for (; next <= last_hour; ++next) {
        Hour& hour = tenant.hours[next];
        hour.any = version;
        if (last_hour - first_hour > 1) {
            hour.whole = version;
            continue;
        }
        const std::int64_t begin = next * kMinutesOfHour;
        const std::int64_t from = std::max(first, begin) - begin;
        const std::int64_t to = std::min(last, begin + kMinutesOfHour - 1) - begin;
        for (std::int64_t minute = from; minute <= to; ++minute) {
            hour.minutes[static_cast<std::size_t>(minute)] = version;
        }
    }
    if (tenant.hours.size() > kHoursMax) forget_hours(tenant);
}

void ChangeLog::forget_hours(Tenant& tenant) {
    while (tenant.hours.size() > kHoursMax / 2) {
        const auto oldest = tenant.hours.begin();
        tenant.forgotten_version = std::max(tenant.forgotten_version, oldest->second.any);
        tenant.forgotten_before =
            std::max(tenant.forgotten_before, (oldest->first + 1) * kMinutesOfHour);
        tenant.hours.erase(oldest);
    }
}

bool ChangeLog::unchanged(const TenantId& tenant, TimeNs min, TimeNs max,
                          std::uint64_t since) const {
    if (all_changed_.load() > since) return false;
    const Shard& shard = shard_of(tenant);
    const std::lock_guard hold(shard.mutex);
    const auto found = shard.tenants.find(tenant);
    if (found == shard.tenants.end()) return false;
    return is_unchanged(found->second, minute_of(min), minute_of(max), since);
}

bool ChangeLog::is_unchanged(const Tenant& tenant, std::int64_t first, std::int64_t last,
                             std::uint64_t since) {
    if (since < tenant.created) return false;
    if (first < tenant.forgotten_before && tenant.forgotten_version > since) return false;
    for (auto at = tenant.hours.lower_bound(hour_of(first));
         at != tenant.hours.end() && at->first <= hour_of(last); ++at) {
        const Hour& hour = at->second;
        if (hour.any <= since) continue;
        const std::int64_t begin = at->first * kMinutesOfHour;
        const std::int64_t from = std::max(first, begin) - begin;
        const std::int64_t to = std::min(last, begin + kMinutesOfHour - 1) - begin;
        if (hour.whole > since) return false;
        for (std::int64_t minute = from; minute <= to; ++minute) {
            if (hour.minutes[static_cast<std::size_t>(minute)] > since) return false;
        }
    }
    return true;
}

}  // namespace skald::storage
