// SPDX-License-Identifier: Apache-2.0
#include "fan_out.h"

#include <skald/foundation/runtime/when_all.h>

#include <string>
#include <utility>

namespace skald::write {

namespace {

constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

void add_stream(Share& share, const cluster::StreamBatch& batch, std::uint32_t index) {
    const cluster::StreamBatch::StreamEntries& from = batch.streams[index];
    cluster::StreamBatch::StreamEntries to;
    to.stream = from.stream;
    to.policy = from.policy;
    to.entries_begin = static_cast<std::uint32_t>(share.batch.entries.size());
    for (std::uint32_t i = from.entries_begin; i < from.entries_end; ++i) {
        EntryView entry = batch.entries[i];
        const auto first = batch.pairs.begin() + entry.metadata_begin;
        entry.metadata_begin = static_cast<std::uint32_t>(share.batch.pairs.size());
        share.batch.pairs.insert(share.batch.pairs.end(), first, first + entry.metadata_count);
        share.batch.entries.push_back(entry);
    }
    to.entries_end = static_cast<std::uint32_t>(share.batch.entries.size());
    share.batch.streams.push_back(std::move(to));
    share.streams.push_back(index);
}

Result<void> judge(const std::vector<std::vector<std::uint32_t>>& streams_of_share,
                   const std::vector<Result<void>>& results, std::size_t streams,
                   std::uint32_t quorum) {
    std::vector<std::uint32_t> accepted(streams, 0);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (!results[i]) continue;
        for (const std::uint32_t stream : streams_of_share[i]) ++accepted[stream];
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i]) continue;
        for (const std::uint32_t stream : streams_of_share[i])
            if (accepted[stream] < quorum) return results[i].error();
    }
    return {};
}

}  // namespace

std::vector<Share> split(const cluster::StreamBatch& batch, const cluster::Ring::Routes& routes) {
    std::vector<Share> shares;
    std::vector<std::uint32_t> slot_of(routes.instances.size(), kNoSlot);
    for (std::uint32_t index = 0; index < batch.streams.size(); ++index) {
        for (std::uint32_t k = routes.begins[index]; k < routes.begins[index + 1]; ++k) {
            const std::uint32_t member = routes.members[k];
            if (slot_of[member] == kNoSlot) {
                slot_of[member] = static_cast<std::uint32_t>(shares.size());
                shares.push_back({.instance = routes.instances[member],
                                  .batch = {.tenant = batch.tenant,
                                            .streams = {},
                                            .entries = {},
                                            .pairs = {},
                                            .owners = batch.owners},
                                  .streams = {}});
            }
            add_stream(shares[slot_of[member]], batch, index);
        }
    }
    return shares;
}

Task<Result<void>> send_all(std::vector<Share> shares, std::size_t streams, std::uint32_t quorum,
                            SendShare send) {
    std::vector<std::vector<std::uint32_t>> streams_of_share;
    std::vector<Task<Result<void>>> sending;
    for (Share& share : shares) {
        sending.push_back(send(std::move(share.instance), std::move(share.batch)));
        streams_of_share.push_back(std::move(share.streams));
    }
    const std::vector<Result<void>> results = co_await when_all(std::move(sending));
    co_return judge(streams_of_share, results, streams, quorum);
}

}  // namespace skald::write
