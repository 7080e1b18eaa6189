// SPDX-License-Identifier: Apache-2.0
#include "pattern_table.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <utility>

namespace skald::write {
namespace {

/// About what a new template takes; `prune` measures.
constexpr std::uint64_t kTemplateBytes = 768;
constexpr std::uint64_t kStreamBytes = 512;

/// Patterns put together from streams and templates.
using Sums = std::map<std::pair<std::string, std::string>, std::map<std::int64_t, std::uint64_t>>;

void add_counts(const SlotCounts& counts, const PatternStore::Request& request,
                std::map<std::int64_t, std::uint64_t>& sums) {
    const std::uint32_t first = slot_of(request.start);
    const std::uint32_t last = slot_of(request.end);
    const std::int64_t step = std::max(request.step, kSlotWidth) / kNanosPerSecond;
    for (const SlotCounts::Count& count : counts.counts()) {
        if (count.slot < first || count.slot > last) continue;
        const std::int64_t second = std::int64_t{count.slot} * (kSlotWidth / kNanosPerSecond);
        sums[second / step * step] += count.lines;
    }
}

}  // namespace

std::size_t PatternTable::StreamTemplates::heap_bytes() const {
    std::size_t bytes = kStreamBytes;
    for (const auto& [level, tree] : levels) bytes += level.size() + tree.heap_bytes() + 128;
    return bytes;
}

std::size_t PatternTable::add(const SampledLines& sample,
                              std::span<const std::string> message_keys) {
    Streams& streams = tenants_[sample.tenant];
    std::size_t left_out = 0;
    for (const SampledLines::Line& line : sample.lines) {
        if (slot_of(line.time) < oldest_ || !words_.cut(sample.line(line), message_keys)) {
            ++left_out;
            continue;
        }
        const StreamPtr& stream = sample.streams[line.stream];
        auto found = streams.find(stream->id);
        const bool may_grow = memory_ < memory_max_;
        if (found == streams.end()) {
            if (!may_grow) {
                ++left_out;
                continue;
            }
            found = streams.try_emplace(stream->id).first;
            found->second.stream = stream;
            memory_ += kStreamBytes;
        }
        StreamTemplates& templates = found->second;
        auto tree = templates.levels.find(sample.level(line));
        if (tree == templates.levels.end()) {
            tree = templates.levels.try_emplace(std::string(sample.level(line))).first;
        }
        const std::uint32_t slot = slot_of(line.time);
        const std::size_t before = tree->second.size();
        if (!tree->second.add(words_, slot, sample.weight, may_grow)) ++left_out;
        if (tree->second.size() > before) memory_ += kTemplateBytes;
        templates.newest = std::max(templates.newest, slot);
    }
    return left_out;
}

void PatternTable::measure() {
    memory_ = 0;
    for (const auto& [tenant, streams] : tenants_) {
        for (const auto& [id, templates] : streams) memory_ += templates.heap_bytes();
    }
}

void PatternTable::prune(std::uint32_t oldest) {
    oldest_ = oldest;
    for (auto& [tenant, streams] : tenants_) {
        for (auto& [id, templates] : streams) {
            for (auto& [level, tree] : templates.levels) tree.prune(oldest);
            std::erase_if(templates.levels, [](const auto& each) { return each.second.empty(); });
        }
        std::erase_if(streams, [](const auto& each) { return each.second.levels.empty(); });
    }
    std::erase_if(tenants_, [](const auto& each) { return each.second.empty(); });
    measure();
    if (memory_ >= memory_max_) drop_longest_unseen();
}

/// Makes an eighth of the memory free.
void PatternTable::drop_longest_unseen() {
    struct Seen {
        std::uint32_t newest;
        Streams* streams;
        StreamId id;
    };
    std::vector<Seen> order;
    for (auto& [tenant, streams] : tenants_) {
        for (auto& [id, templates] : streams) order.push_back({templates.newest, &streams, id});
    }
    std::sort(order.begin(), order.end(),
              [](const Seen& a, const Seen& b) { return a.newest < b.newest; });
    for (const Seen& each : order) {
        if (memory_ < memory_max_ - memory_max_ / 8) break;
        const auto at = each.streams->find(each.id);
        memory_ -= std::min<std::uint64_t>(memory_, at->second.heap_bytes());
        each.streams->erase(at);
    }
}

std::vector<PatternStore::Pattern> PatternTable::query(const PatternStore::Request& request) const {
    const auto streams = tenants_.find(request.tenant);
    if (streams == tenants_.end()) return {};
    Sums sums;
    for (const auto& [id, templates] : streams->second) {
        if (!matches_all(request.matchers, templates.stream->labels)) continue;
        for (const auto& [level, tree] : templates.levels) {
            for (const auto& [shape, group] : tree.groups()) {
                for (const LineTemplate& each : group.templates) {
                    std::map<std::int64_t, std::uint64_t> samples;
                    add_counts(each.counts, request, samples);
                    if (samples.empty()) continue;
                    auto& sum = sums[{group.pattern_of(each), level}];
                    for (const auto& [second, lines] : samples) sum[second] += lines;
                }
            }
        }
    }
    std::vector<std::pair<std::uint64_t, PatternStore::Pattern>> ranked;
    for (const auto& [key, samples] : sums) {
        std::uint64_t lines = 0;
        for (const auto& sample : samples) lines += sample.second;
        ranked.push_back({lines, {key.first, key.second, {samples.begin(), samples.end()}}});
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (ranked.size() > PatternStore::kPatternsMax) ranked.resize(PatternStore::kPatternsMax);
    std::vector<PatternStore::Pattern> patterns;
    for (auto& each : ranked) patterns.push_back(std::move(each.second));
    return patterns;
}

std::size_t PatternTable::streams() const {
    std::size_t count = 0;
    for (const auto& [tenant, streams] : tenants_) count += streams.size();
    return count;
}

}  // namespace skald::write
