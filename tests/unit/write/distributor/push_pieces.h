// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/write/distributor/push_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {

/// One entry of a push as a test writes it down.
struct TestEntry {
    TimeNs time = 0;
    std::string line;
    std::vector<std::pair<std::string, std::string>> metadata;
};
/// One stream of a push.
struct TestStream {
    std::string labels;
    std::vector<TestEntry> entries;
};

/// A batch that owns copies of all texts, as a decoder's batch owns the body.
inline PushBatch make_push(std::vector<TestStream> streams) {
    PushBatch batch;
    auto owned = std::make_shared<const std::vector<TestStream>>(std::move(streams));
    for (const TestStream& stream : *owned) {
        PushBatch::StreamEntries entries;
        entries.labels = stream.labels;
        entries.entries_begin = static_cast<std::uint32_t>(batch.entries.size());
        for (const TestEntry& entry : stream.entries) {
            EntryView view;
            view.time = entry.time;
            view.line = entry.line;
            view.metadata_begin = static_cast<std::uint32_t>(batch.pairs.size());
            view.metadata_count = static_cast<std::uint32_t>(entry.metadata.size());
            for (const auto& [name, value] : entry.metadata) batch.pairs.push_back({name, value});
            batch.entries.push_back(view);
        }
        entries.entries_end = static_cast<std::uint32_t>(batch.entries.size());
        batch.streams.push_back(entries);
    }
    batch.owners.push_back(std::move(owned));
    return batch;
}

}  // namespace skald::write
