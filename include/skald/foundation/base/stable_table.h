// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace skald {

/// A hash table for a million elements that lie side by side and stay where they are.
///
/// Elements are in chunks, which go as a whole: what lives long and what does not share no pages.
/// An index of 11 to 22 bytes an element has 32 bits of each hash, so that a search that fails
/// touches no element, and where it begins is known before it is asked: `prefetch`.
/// Threading: one owner; `for_each` is thread-safe beside `insert`, unless `erase_if` is used.
template <class T>
class StableTable {
public:
    StableTable() = default;
    ~StableTable() { clear(); }
    StableTable(StableTable&& other) noexcept = delete;
    StableTable& operator=(StableTable&&) = delete;
    StableTable(const StableTable&) = delete;
    StableTable& operator=(const StableTable&) = delete;

    /// The element with this hash that `equal(element)` accepts, or null.
    template <class Equal>
    T* find(std::uint64_t hash, Equal&& equal) const {
        if (slots_.empty()) return nullptr;
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t at = home(tag); slots_[at].place != kFree; at = next(at)) {
            if (slots_[at].tag != tag) continue;
            T& element = *at_place(slots_[at].place);
            if (equal(element)) return &element;
        }
        return nullptr;
    }
    /// Makes an element. Requires: `find` would not find it; below 2^31 elements.
    template <class... Args>
    T& insert(std::uint64_t hash, Args&&... args) {
        if ((std::size_t{size_} + 1) * 4 > slots_.size() * 3) grow();
        T& element = append(std::forward<Args>(args)...);
        place(tag_of(hash), size_++);
        return element;
    }
    /// Fetches where `find` begins.
    void prefetch(std::uint64_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[home(tag_of(hash))]);
    }
    std::size_t size() const noexcept { return size_; }

    /// Calls `use(T&)` for each element that is there at the moment, in the order of insertion;
    /// before, some elements ahead, `far(const T&)`, which may prefetch what the element points to,
    /// and later `near(const T&)`, which may prefetch what that points to.
    template <class Use, class Far, class Near>
    void for_each(Use&& use, Far&& far, Near&& near) const {
        const Chunk* after = nullptr;
        for (const Chunk* chunk = first_.load(std::memory_order_acquire); chunk != nullptr;
             chunk = after) {
            // Before the count: a chunk that has a next one is full, so nothing is left out
            // between.
            after = chunk->next.load(std::memory_order_acquire);
            const std::uint32_t count = chunk->count.load(std::memory_order_acquire);
            for (std::uint32_t i = 0; i < count; ++i) {
                if (i + 2 * kAhead < count) far(std::as_const(*chunk->element(i + 2 * kAhead)));
                if (i + kAhead < count) near(std::as_const(*chunk->element(i + kAhead)));
                use(*chunk->element(i));
            }
        }
    }
    template <class Use>
    void for_each(Use&& use) const {
        const auto nothing = [](const T&) {};
        for_each(std::forward<Use>(use), nothing, nothing);
    }

    /// Removes the elements for which `gone(element)`; if there are any, the others move. Returns
    /// how many. Cost: that of all elements.
    template <class Gone>
    std::size_t erase_if(Gone&& gone) {
        std::vector<Slot> kept;
        for (const Slot& slot : slots_)
            if (slot.place != kFree && !gone(std::as_const(*at_place(slot.place))))
                kept.push_back(slot);
        const std::size_t erased = size_ - kept.size();
        if (erased > 0) rebuild(kept);
        return erased;
    }

private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t place = kFree;
    };
    struct Room {
        alignas(T) std::byte bytes[sizeof(T)];
    };
    struct Chunk {
        explicit Chunk(std::size_t capacity)
            : rooms(std::make_unique_for_overwrite<Room[]>(capacity)) {}

        T* element(std::size_t i) const { return reinterpret_cast<T*>(rooms[i].bytes); }

        const std::unique_ptr<Room[]> rooms;
        std::atomic<std::uint32_t> count{0};  ///< So many are made.
        std::atomic<Chunk*> next{nullptr};
    };
    static constexpr std::uint32_t kFree = UINT32_MAX;
    static constexpr std::uint32_t kAhead = 8;
    // The first chunk has so many elements and each further one twice as many as that before,
    static constexpr std::uint32_t kFirst = 4;
    // until they have so many.
    static constexpr std::uint32_t kLargest = 4096;
    static constexpr std::uint32_t kGrowing = std::bit_width(kLargest / kFirst) - 1;
    static constexpr std::uint32_t kInGrowing = kLargest - kFirst;

    static std::uint32_t tag_of(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash ^ (hash >> 32));
    }
    std::size_t home(std::uint32_t tag) const { return tag & (slots_.size() - 1); }
    std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
    static std::size_t capacity_of(std::size_t chunk) {
        return chunk < kGrowing ? std::size_t{kFirst} << chunk : kLargest;
    }

    T* at_place(std::uint32_t place) const {
        if (place >= kInGrowing) {
            const std::uint32_t rest = place - kInGrowing;
            return chunks_[kGrowing + rest / kLargest]->element(rest % kLargest);
        }
        const auto chunk = static_cast<std::uint32_t>(std::bit_width(place / kFirst + 1)) - 1;
        return chunks_[chunk]->element(place - kFirst * ((1U << chunk) - 1));
    }

    template <class... Args>
    T& append(Args&&... args) {
        if (chunks_.empty() || chunks_.back()->count.load(std::memory_order_relaxed) ==
                                   capacity_of(chunks_.size() - 1)) {
            chunks_.push_back(std::make_unique<Chunk>(capacity_of(chunks_.size())));
            auto& link = chunks_.size() == 1 ? first_ : chunks_[chunks_.size() - 2]->next;
            link.store(chunks_.back().get(), std::memory_order_release);
        }
        Chunk& chunk = *chunks_.back();
        const std::uint32_t count = chunk.count.load(std::memory_order_relaxed);
        T* const element = std::construct_at(chunk.element(count), std::forward<Args>(args)...);
        chunk.count.store(count + 1, std::memory_order_release);
        return *element;
    }
    void place(std::uint32_t tag, std::uint32_t at_place) {
        std::size_t at = home(tag);
        while (slots_[at].place != kFree) at = next(at);
        slots_[at] = {tag, at_place};
    }
    void grow() {
        const std::vector<Slot> old =
            std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(8, slots_.size() * 2)));
        for (const Slot& slot : old)
            if (slot.place != kFree) place(slot.tag, slot.place);
    }
    void rebuild(const std::vector<Slot>& kept) {
        StableTable fresh;
        fresh.slots_.resize(kept.empty() ? 0 : std::bit_ceil(kept.size() * 4 / 3 + 8));
        for (const Slot& slot : kept) {
            fresh.append(std::move(*at_place(slot.place)));
            fresh.place(slot.tag, fresh.size_++);
        }
        clear();
        slots_ = std::move(fresh.slots_);
        chunks_ = std::move(fresh.chunks_);
        size_ = std::exchange(fresh.size_, 0);
        first_.store(fresh.first_.exchange(nullptr));
    }
    void clear() {
        for (const auto& chunk : chunks_)
            std::destroy_n(chunk->element(0), chunk->count.load(std::memory_order_relaxed));
        chunks_.clear();
        first_.store(nullptr, std::memory_order_relaxed);
    }

    std::vector<Slot> slots_;  ///< By tag, with linear probing; at most three quarters are used.
    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::uint32_t size_ = 0;
    std::atomic<Chunk*> first_{nullptr};
};

}  // namespace skald
