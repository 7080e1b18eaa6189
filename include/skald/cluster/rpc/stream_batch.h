// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace skald::cluster {

/// Validated entries for one ingester. Views point into buffers that `owners` keep alive, so a line
/// is not copied before it reaches its open block.
/// Threading: single-owner; moved along the write path.
struct StreamBatch {
    struct StreamEntries {
        StreamPtr stream;
        std::uint32_t entries_begin = 0;
        std::uint32_t entries_end = 0;
        /// The policy that its refused entries are counted under; null: none.
        std::shared_ptr<const std::string> policy = nullptr;
    };

    TenantId tenant;
    std::vector<StreamEntries> streams;  ///< Each stream once.
    std::vector<EntryView> entries;
    std::vector<LabelView> pairs;  ///< Structured metadata of the entries.
    std::vector<std::shared_ptr<const void>> owners;
    /// The request that the entries came by, if the batch has most of its lines. Some lines may lie
    /// elsewhere.
    PackedBody body = {};
};

}  // namespace skald::cluster
