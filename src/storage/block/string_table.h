// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace skald::storage {

/// Texts by number. A copy is a snapshot, as with Arena.
/// Threading: caller locks, but for texts below a snapshot's size, which never change.
class StringList {
public:
    std::uint32_t size() const { return ends_.size(); }
    std::string_view operator[](std::uint32_t id) const {
        const std::uint32_t begin = id == 0 ? 0 : ends_[id - 1];
        return {texts_.data() + begin, ends_[id] - begin};
    }
    void push_back(std::string_view text);
    std::size_t memory_bytes() const { return texts_.memory_bytes() + ends_.memory_bytes(); }

private:
    Arena<char> texts_;
    Arena<std::uint32_t> ends_;
};

/// Finds the number of a text in a list that grows only through it.
/// Threading: single-owner.
class StringIndex {
public:
    /// The text's number in `list`; adds it to the list if it is not there.
    std::uint32_t intern(std::string_view text, StringList& list);
    std::size_t memory_bytes() const { return slots_.capacity() * sizeof(std::uint32_t); }

private:
    void rehash(std::size_t slots, const StringList& list);

    /// Open addressing over numbers + 1, 0 is free; empty while a scan is as fast.
    std::vector<std::uint32_t> slots_;
};

}  // namespace skald::storage
