// SPDX-License-Identifier: Apache-2.0
#include "log_collector.h"

#include <algorithm>
#include <utility>

namespace skald::read {

std::uint64_t memory_of(const RowContent& content) noexcept {
    constexpr std::uint64_t kTimes = 3;
    const std::uint64_t labels =
        content.stream.heap_bytes() + content.metadata.heap_bytes() + content.parsed.heap_bytes();
    return kTimes * (sizeof(RowContent) + content.line.size() + labels);
}

LogCollector::LogCollector(const RunSet& runs, Direction direction, std::size_t limit,
                           QueryMemory* memory)
    : runs_(runs),
      direction_(direction),
      limit_(limit),
      memory_(memory),
      bound_(direction == Direction::kBackward ? kTimeMin : kTimeMax) {}

bool LogCollector::comes_before(const LogCandidate& a, const LogCandidate& b) const {
    const bool backward = direction_ == Direction::kBackward;
    if (a.time != b.time) return (a.time < b.time) != backward;
    const QueryRun run_a = runs_.run(a.run);
    const QueryRun run_b = runs_.run(b.run);
    if (run_a.stream != run_b.stream) return run_a.stream < run_b.stream;
    if (run_a.arrival != run_b.arrival) return (run_a.arrival < run_b.arrival) != backward;
    return a.row != b.row && (a.row < b.row) != backward;
}

bool LogCollector::add(std::vector<LogCandidate>& rows) {
    const auto cost = [this](const LogCandidate& row) -> std::uint64_t {
        return memory_ == nullptr || row.content == nullptr ? 0 : memory_of(*row.content);
    };
    const auto before = [this](const LogCandidate& a, const LogCandidate& b) {
        return comes_before(a, b);
    };
    auto locked = heap_.lock();
    std::vector<LogCandidate>& heap = *locked;
    for (LogCandidate& row : rows) {
        if (heap.size() >= limit_) {
            if (limit_ == 0 || !before(row, heap.front())) continue;
            const std::uint64_t bytes = cost(row);
            if (bytes > 0 && !memory_->take(bytes)) return false;
            std::pop_heap(heap.begin(), heap.end(), before);
            if (const std::uint64_t freed = cost(heap.back())) memory_->give(freed);
            heap.back() = std::move(row);
        } else {
            const std::uint64_t bytes = cost(row);
            if (bytes > 0 && !memory_->take(bytes)) return false;
            heap.push_back(std::move(row));
        }
        std::push_heap(heap.begin(), heap.end(), before);
    }
    if (heap.size() >= limit_ && !heap.empty()) {
        bound_.store(heap.front().time, std::memory_order_relaxed);
    }
    return true;
}

std::vector<LogCandidate> LogCollector::take() {
    std::vector<LogCandidate> rows =
        heap_.with([](std::vector<LogCandidate>& heap) { return std::exchange(heap, {}); });
    std::sort(rows.begin(), rows.end(),
              [this](const LogCandidate& a, const LogCandidate& b) { return comes_before(a, b); });
    return rows;
}

}  // namespace skald::read
