// SPDX-License-Identifier: Apache-2.0
#include "query_memory.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <string>

namespace skald::read {

namespace {

constexpr std::uint64_t kStep = 256 * kKiB;

}  // namespace

QueryMemory::~QueryMemory() {
    if (budget_ != nullptr) budget_->give(taken_.load() + large_.load());
}

bool QueryMemory::take(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return true;
    const std::uint64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (used <= taken_.load(std::memory_order_relaxed)) return true;
    const std::uint64_t step = std::max(bytes, kStep);
    if (budget_->take(step)) {
        taken_.fetch_add(step, std::memory_order_relaxed);
        return true;
    }
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    refused_.store(true, std::memory_order_relaxed);
    return false;
}

void QueryMemory::give(std::uint64_t bytes) noexcept {
    if (budget_ != nullptr) used_.fetch_sub(bytes, std::memory_order_relaxed);
}

bool QueryMemory::take_large(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return true;
    if (budget_->take(bytes)) {
        large_.fetch_add(bytes, std::memory_order_relaxed);
        return true;
    }
    refused_.store(true, std::memory_order_relaxed);
    return false;
}

void QueryMemory::give_large(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return;
    large_.fetch_sub(bytes, std::memory_order_relaxed);
    budget_->give(bytes);
}

std::optional<Error> QueryMemory::refusal() const {
    if (!refused_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::string limit = format_byte_size(budget_->limit());
    const std::uint64_t held =
        taken_.load(std::memory_order_relaxed) + large_.load(std::memory_order_relaxed);
    if (held > budget_->limit() / 4 * 3) {
        return Error{ErrorCode::kLimitExceeded,
                     "the query needs more memory than there is for queries (memory.queries, " +
                         limit +
                         "); choose fewer streams, use a smaller limit, a shorter time range, a "
                         "larger step, or aggregate by fewer labels"};
    }
    return Error{ErrorCode::kUnavailable,
                 "queries hold all the memory that there is for them (memory.queries, " + limit +
                     "); try again later, or ask for less"};
}

HeldMemory::~HeldMemory() {
    if (memory_ != nullptr) memory_->give_large(held_.load());
}

bool HeldMemory::take(std::uint64_t bytes) noexcept {
    if (memory_ == nullptr) return true;
    if (!memory_->take_large(bytes)) return false;
    held_.fetch_add(bytes, std::memory_order_relaxed);
    return true;
}

std::optional<Error> HeldMemory::refusal() const {
    return memory_ == nullptr ? std::nullopt : memory_->refusal();
}

}  // namespace skald::read
