// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/ingester_client.h>
#include <skald/storage/store/change_log.h>

namespace skald::write {

/// An ingester that passes on to another and notes, before a push is acknowledged, which times its
/// rows have.
///
/// Write path: distributor -> [ChangeTap] -> ingester.
/// Threading: thread-safe.
class ChangeTap final : public cluster::IngesterClient {
public:
    /// Both must outlive it.
    ChangeTap(cluster::IngesterClient& next, storage::ChangeLog& changes)
        : next_(next), changes_(changes) {}

    Task<Result<void>> push(cluster::StreamBatch batch) override;

private:
    cluster::IngesterClient& next_;
    storage::ChangeLog& changes_;
};

}  // namespace skald::write
