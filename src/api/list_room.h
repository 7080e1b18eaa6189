// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget_charge.h"

#include <skald/foundation/base/units.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

/// Lets lists grow while a body is decoded. A body of empty things becomes many times its bytes, so
/// what a list takes is charged to the request's share before it grows, the old list and the new
/// one both while one is copied to the other.
///
/// Invariant: after a call returned false `refusal()` says why; the caller makes no more.
/// Threading: single-owner. The share must outlive it; lists must grow by it alone.
class ListRoom {
public:
    explicit ListRoom(BudgetShare& share) : share_(share), charge_(share) {}

    /// Room for `count` more in `list`.
    template <class T>
    bool make(std::vector<T>& list, std::size_t count = 1) {
        const std::size_t free = list.capacity() - list.size();
        return count <= free || grow(list, count);
    }
    /// Charges what is no list.
    bool take(std::uint64_t bytes) { return kept(charge_.take(bytes)); }

    /// Only after false was returned.
    const Error& refusal() const { return *refusal_; }
    /// Why a body could not be decoded: the refusal, if there is one, else `problem`.
    Error error(std::string problem) const {
        if (refusal_) return *refusal_;
        return {ErrorCode::kInvalidArgument, std::move(problem)};
    }

private:
    /// Smaller lists are not counted: a request has only a few.
    static constexpr std::size_t kCountedFrom = 4 * kKiB;

    static std::size_t counted(std::size_t bytes) { return bytes < kCountedFrom ? 0 : bytes; }

    template <class T>
    [[gnu::noinline]] bool grow(std::vector<T>& list, std::size_t count) {
        const std::size_t before = list.capacity();
        const std::size_t wanted = std::max(before + before / 2 + 4, list.size() + count);
        if (!kept(check_outcome(share_.grow(counted(wanted * sizeof(T)))))) return false;
        list.reserve(wanted);
        share_.shrink(counted(before * sizeof(T)));
        return true;
    }
    bool kept(Result<void> outcome) {
        if (outcome) [[likely]]
            return true;
        refusal_ = std::move(outcome).error();
        return false;
    }

    BudgetShare& share_;
    BudgetCharge charge_;
    std::optional<Error> refusal_;
};

}  // namespace skald::api
