// SPDX-License-Identifier: Apache-2.0
#include "sampled_lines.h"

#include "line_words.h"

namespace skald::write {

SampledLines SampledLines::of(const cluster::StreamBatch& batch, std::uint32_t weight,
                              std::uint32_t first) {
    SampledLines sample{
        .tenant = batch.tenant, .weight = weight, .streams = {}, .lines = {}, .text = {}};
    std::uint32_t next = first;
    std::uint32_t seen = 0;
    for (const auto& stream : batch.streams) {
        const std::uint32_t count = stream.entries_end - stream.entries_begin;
        for (bool is_first = true; next - seen < count; next += weight) {
            if (is_first) sample.streams.push_back(stream.stream);
            is_first = false;
            const EntryView& entry = batch.entries[stream.entries_begin + (next - seen)];
            // One byte more tells that the line was longer.
            const std::string_view line = entry.line.substr(0, LineWords::kBytesMax + 1);
            sample.lines.push_back({.stream = static_cast<std::uint32_t>(sample.streams.size() - 1),
                                    .time = entry.time,
                                    .begin = static_cast<std::uint32_t>(sample.text.size()),
                                    .level_size = static_cast<std::uint32_t>(entry.level.size()),
                                    .size = static_cast<std::uint32_t>(line.size())});
            sample.text.append(entry.level).append(line);
        }
        seen += count;
    }
    return sample;
}

}  // namespace skald::write
