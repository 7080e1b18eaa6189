// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>
#include <skald/read/querier/query.h>
#include <skald/storage/store/change_log.h>

#include <cstdint>
#include <string>
#include <vector>

namespace skald::read {

/// What of a query's answer may be kept and whether what was kept still holds.
/// Made before any row is read, so that a change while the query runs is not missed.
/// Threading: immutable but for the log behind it.
class Validity {
public:
    /// `changes` must outlive it.
    Validity(storage::ChangeLog& changes, const QueryRequest& request, const LimitsSource& limits,
             TimeNs now);

    std::uint64_t version() const noexcept { return version_; }
    /// Answers that were made from rows of these times may be kept and, until they change, used:
    /// they are not so new that more of them are likely to come, nor about to pass their retention.
    bool may_be_kept(TimeNs min, TimeNs max) const noexcept {
        return min >= oldest_ && max <= newest_;
    }
    TimeNs oldest() const noexcept { return oldest_; }
    TimeNs newest() const noexcept { return newest_; }
    /// True if no row of these times has changed since the version.
    bool unchanged(TimeNs min, TimeNs max, std::uint64_t since) const;
    /// What of the limits decides about rows that queries see; part of keys.
    const std::string& retention() const noexcept { return retention_; }

private:
    storage::ChangeLog& changes_;
    std::vector<TenantId> tenants_;
    std::uint64_t version_ = 0;
    TimeNs oldest_ = kTimeMin;
    TimeNs newest_ = kTimeMax;
    std::string retention_;
};

}  // namespace skald::read
