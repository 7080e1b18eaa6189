// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace skald::api {

class BudgetShare;

/// The bytes that all requests together may hold in their headers and bodies.
/// Threading: thread-safe.
class BodyBudget {
public:
    enum class Outcome {
        kGranted,
        kBusy,   ///< Others hold too much now; a little later it may work.
        kNever,  ///< More than the whole budget.
    };

    explicit BodyBudget(std::uint64_t limit) : limit_(limit) {}
    BodyBudget(const BodyBudget&) = delete;
    BodyBudget& operator=(const BodyBudget&) = delete;

    std::uint64_t limit() const noexcept { return limit_; }
    std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

private:
    friend class BudgetShare;

    const std::uint64_t limit_;
    std::atomic<std::uint64_t> used_{0};
};

/// What one request holds of the budget; gives it back when it goes. A default-constructed share
/// belongs to no budget and is granted everything (tests, requests that never were on a wire).
/// Threading: single-owner.
class BudgetShare {
public:
    BudgetShare() = default;
    explicit BudgetShare(BodyBudget& budget) : budget_(&budget) {}
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
    BodyBudget::Outcome grow(std::uint64_t bytes) noexcept;
    /// Gives back part of the share. Requires: bytes <= bytes().
    void shrink(std::uint64_t bytes) noexcept;
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void release() noexcept { shrink(bytes_); }

    BodyBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
};

}  // namespace skald::api
