// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "segment_reader.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/storage/store/run_source.h>

#include <cstddef>
#include <memory>

namespace skald::storage {

/// Where the streams of one region's table come from: those that are being written to are in memory
/// anyway, the others are the pool's.
/// Threading: single-owner.
class TableStreams {
public:
    /// What is passed by reference must outlive it.
    TableStreams(ReadContext& context, const TenantId& tenant);

    StreamPtr of(Stream stream);
    /// For a stream that is an object already; a copy of it if it has to be the pool's.
    StreamPtr of(const StreamPtr& stream);
    /// About what the streams take that are not the pool's: once nobody writes to them any more,
    /// the table alone holds them.
    std::size_t bytes() const { return bytes_; }

private:
    /// Null: nobody writes to it.
    StreamPtr active(const StreamId& id);

    StreamPool& pool_;
    const TenantId& tenant_;
    const std::shared_ptr<const StreamSource> source_;
    std::size_t bytes_ = 0;
};

}  // namespace skald::storage
