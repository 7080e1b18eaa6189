// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/memory_budget.h>

#include <cstdint>
#include <utility>

namespace skald::api {

/// What one request holds of the bytes that all requests together may hold in their headers and
/// bodies; gives it back when it goes. A default-constructed share belongs to no budget and is
/// granted everything (tests, requests that never were on a wire).
/// Threading: single-owner.
class BudgetShare {
public:
    enum class Outcome {
        kGranted,
        kBusy,   ///< Others hold too much now; a little later it may work.
        kNever,  ///< More than the whole budget.
    };

    BudgetShare() = default;
    explicit BudgetShare(MemoryBudget& budget) : budget_(&budget) {}
    ~BudgetShare() { release(); }
    BudgetShare(BudgetShare&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    BudgetShare& operator=(BudgetShare&& other) noexcept {
        if (this != &other) {
            release();
            budget_ = std::exchange(other.budget_, nullptr);
            bytes_ = std::exchange(other.bytes_, 0);
        }
        return *this;
    }

    /// Adds `bytes` to the share, or changes nothing.
    Outcome grow(std::uint64_t bytes) noexcept;
    /// Gives back part of the share. Requires: bytes <= bytes().
    void shrink(std::uint64_t bytes) noexcept;
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void release() noexcept { shrink(bytes_); }

    MemoryBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
};

}  // namespace skald::api
