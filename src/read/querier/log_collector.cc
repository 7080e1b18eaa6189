// SPDX-License-Identifier: Apache-2.0
#include "log_collector.h"

#include <algorithm>
#include <utility>

namespace skald::read {

LogCollector::LogCollector(const RunSet& runs, Direction direction, std::size_t limit)
    : runs_(runs),
      direction_(direction),
      limit_(limit),
      bound_(direction == Direction::kBackward ? kTimeMin : kTimeMax) {}

bool LogCollector::comes_before(const LogCandidate& a, const LogCandidate& b) const {
    const bool backward = direction_ == Direction::kBackward;
    if (a.time != b.time) return (a.time < b.time) != backward;
    const QueryRun& run_a = runs_.runs()[a.run];
    const QueryRun& run_b = runs_.runs()[b.run];
    if (run_a.stream != run_b.stream) return run_a.stream < run_b.stream;
    if (run_a.arrival != run_b.arrival) return (run_a.arrival < run_b.arrival) != backward;
    return a.row != b.row && (a.row < b.row) != backward;
}

void LogCollector::add(std::vector<LogCandidate>& rows) {
    const auto before = [this](const LogCandidate& a, const LogCandidate& b) {
        return comes_before(a, b);
    };
    auto locked = heap_.lock();
    std::vector<LogCandidate>& heap = *locked;
    for (LogCandidate& row : rows) {
        if (heap.size() >= limit_) {
            if (limit_ == 0 || !before(row, heap.front())) continue;
            std::pop_heap(heap.begin(), heap.end(), before);
            heap.back() = std::move(row);
        } else {
            heap.push_back(std::move(row));
        }
        std::push_heap(heap.begin(), heap.end(), before);
    }
    if (heap.size() >= limit_ && !heap.empty()) {
        bound_.store(heap.front().time, std::memory_order_relaxed);
    }
}

std::vector<LogCandidate> LogCollector::take() {
    std::vector<LogCandidate> rows =
        heap_.with([](std::vector<LogCandidate>& heap) { return std::exchange(heap, {}); });
    std::sort(rows.begin(), rows.end(),
              [this](const LogCandidate& a, const LogCandidate& b) { return comes_before(a, b); });
    return rows;
}

}  // namespace skald::read
