// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/ingester_client.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::write {

/// An entry as it arrived at an ingester; texts are copied.
struct ArrivedEntry {
    TimeNs time = 0;
    std::string line;
    std::string level;
    std::vector<std::pair<std::string, std::string>> metadata;
};

/// Remembers what it is sent. Threading: single-owner.
class FakeIngester final : public cluster::IngesterClient {
public:
    Task<Result<void>> push(cluster::StreamBatch batch) override {
        ++pushes;
        tenant = batch.tenant.text();
        std::map<std::string, int> seen;
        for (const auto& stream : batch.streams) {
            const std::string labels = stream.stream->labels.to_string();
            if (++seen[labels] > 1) named_twice = true;
            for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i)
                streams[labels].push_back(copy(batch, batch.entries[i]));
        }
        first_line = batch.entries.empty() ? nullptr : batch.entries.front().line.data();
        if (failure) co_return *failure;
        co_return Result<void>();
    }

    std::map<std::string, std::vector<ArrivedEntry>> streams;  ///< By canonical labels.
    std::string tenant;
    int pushes = 0;
    bool named_twice = false;          ///< A batch listed one stream twice.
    const char* first_line = nullptr;  ///< Address of the first line of the last batch.
    std::optional<Error> failure;      ///< The answer, if it is not success.

private:
    static ArrivedEntry copy(const cluster::StreamBatch& batch, const EntryView& entry) {
        ArrivedEntry arrived{entry.time, std::string(entry.line), std::string(entry.level), {}};
        for (std::uint32_t i = 0; i < entry.metadata_count; ++i) {
            const LabelView& pair = batch.pairs[entry.metadata_begin + i];
            arrived.metadata.emplace_back(pair.name, pair.value);
        }
        return arrived;
    }
};

}  // namespace skald::write
