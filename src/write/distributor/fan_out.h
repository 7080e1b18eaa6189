// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/ring/ring.h>
#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/task.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace skald::write {

/// The part of a request that one ingester gets. Threading: single-owner.
struct Share {
    std::string instance;
    cluster::StreamBatch batch;
    std::vector<std::uint32_t> streams;  ///< Indexes in the whole batch of the streams in `batch`.
};

/// Sends a batch to an instance.
using SendShare =
    std::function<Task<Result<void>>(std::string instance, cluster::StreamBatch batch)>;

/// Cuts a batch into the shares of the instances of `routes`, which has the owners of each stream.
/// Entries are copied as views; lines stay where they are.
std::vector<Share> split(const cluster::StreamBatch& batch, const cluster::Ring::Routes& routes);

/// Sends all shares at the same time and waits for all answers. Succeeds if each of the `streams`
/// streams was accepted by `quorum` instances.
/// Errors: that of an instance that refused a stream without quorum.
Task<Result<void>> send_all(std::vector<Share> shares, std::size_t streams, std::uint32_t quorum,
                            SendShare send);

}  // namespace skald::write
