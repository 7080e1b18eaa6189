// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/memory_budget.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace skald::read {

/// What one query holds of the memory that all queries share; gives all of it back when it goes.
/// Small amounts are taken from the budget in larger steps.
/// Threading: thread-safe.
class QueryMemory {
public:
    /// Null: there is no budget, everything is granted.
    explicit QueryMemory(MemoryBudget* budget) : budget_(budget) {}
    ~QueryMemory();
    QueryMemory(const QueryMemory&) = delete;
    QueryMemory& operator=(const QueryMemory&) = delete;

    /// False if there is not so much left; the query is to end then.
    bool take(std::uint64_t bytes) noexcept;
    void give(std::uint64_t bytes) noexcept;
    /// As take and give, but what is given goes back to the budget at once: for what is large and
    /// goes before the query does.
    bool take_large(std::uint64_t bytes) noexcept;
    void give_large(std::uint64_t bytes) noexcept;
    /// Why something was not granted: kLimitExceeded if it is the query that holds most of the
    /// budget, kUnavailable if others do. Nothing if all was granted.
    std::optional<Error> refusal() const;

private:
    MemoryBudget* const budget_;
    std::atomic<std::uint64_t> used_{0};   ///< By the query.
    std::atomic<std::uint64_t> taken_{0};  ///< From the budget, at least what is used.
    std::atomic<std::uint64_t> large_{0};  ///< From the budget by take_large.
    std::atomic<bool> refused_{false};
};

/// A part of a query's memory that one thing holds for as long as it lives.
/// Threading: thread-safe.
class HeldMemory {
public:
    /// Null: everything is granted.
    explicit HeldMemory(std::shared_ptr<QueryMemory> memory) : memory_(std::move(memory)) {}
    ~HeldMemory();
    HeldMemory(const HeldMemory&) = delete;
    HeldMemory& operator=(const HeldMemory&) = delete;

    /// False if there is not so much left.
    bool take(std::uint64_t bytes) noexcept;
    /// As QueryMemory::refusal.
    std::optional<Error> refusal() const;

private:
    const std::shared_ptr<QueryMemory> memory_;
    std::atomic<std::uint64_t> held_{0};
};

}  // namespace skald::read
