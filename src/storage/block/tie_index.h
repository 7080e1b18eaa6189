// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace skald::storage {

/// A set of rows by what is in them: finds an exact duplicate among rows of equal time.
/// Threading: single-owner.
class TieIndex {
public:
    /// Adds `row` unless a row with this hash satisfies `equal`; false if one does.
    template <class Equal>
    bool insert(std::uint64_t hash, std::uint32_t row, Equal equal) {
        if (contains(hash, equal)) return false;
        if (slots_.size() < 2 * (size_ + 1)) grow();
        place({hash, row});
        ++size_;
        return true;
    }

    template <class Equal>
    bool contains(std::uint64_t hash, Equal equal) const {
        if (slots_.empty()) return false;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = hash & mask; slots_[i].row != kFree; i = (i + 1) & mask) {
            if (slots_[i].hash == hash && equal(slots_[i].row)) return true;
        }
        return false;
    }

    void clear() {
        // Back to few slots: after one large group, many small ones must not each clear a large
        // table.
        if (size_ > 0) slots_.assign(kSlotsMin, Slot{});
        size_ = 0;
    }

    std::size_t size() const { return size_; }
    std::size_t memory_bytes() const { return sizeof *this + slots_.capacity() * sizeof(Slot); }

private:
    static constexpr std::uint32_t kFree = 0xFFFFFFFF;
    static constexpr std::size_t kSlotsMin = 8;

    struct Slot {
        std::uint64_t hash = 0;
        std::uint32_t row = kFree;
    };

    void place(const Slot& slot) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t i = slot.hash & mask;
        while (slots_[i].row != kFree) i = (i + 1) & mask;
        slots_[i] = slot;
    }

    void grow() {
        std::vector<Slot> old(slots_.empty() ? kSlotsMin : 2 * slots_.size());
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.row != kFree) place(slot);
        }
    }

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace skald::storage
