// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/text_order.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <numeric>

namespace skald {

namespace {

constexpr std::size_t kChunk = sizeof(std::uint64_t);
constexpr std::size_t kFew = 8;

/// A text with the eight bytes at hand, as a number that orders like them.
struct Item {
    std::uint64_t chunk = 0;
    std::string_view text;
    std::uint32_t index = 0;
};

/// The bytes at `depth`; where the text ends, zeros.
std::uint64_t chunk_at(std::string_view text, std::size_t depth) {
    if (depth >= text.size()) return 0;
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, text.data() + depth, std::min(kChunk, text.size() - depth));
    return std::endian::native == std::endian::little ? __builtin_bswap64(chunk) : chunk;
}

/// Items whose first `depth` bytes are equal and whose texts are longer than that, or empty.
struct Group {
    std::span<Item> items;
    std::size_t depth = 0;
};

/// Orders items by their chunks and appends the groups that need a closer look.
void sort_group(const Group& group, std::vector<Group>& rest) {
    const auto [items, depth] = group;
    if (items.size() <= kFew) {
        std::sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
            return a.text.substr(depth) < b.text.substr(depth);
        });
        return;
    }
    bool same = true;
    for (Item& item : items) {
        item.chunk = chunk_at(item.text, depth);
        same = same && item.chunk == items.front().chunk;
    }
    const auto by_chunk = [](const Item& a, const Item& b) { return a.chunk < b.chunk; };
    if (!same && !std::is_sorted(items.begin(), items.end(), by_chunk))
        std::sort(items.begin(), items.end(), by_chunk);
    const std::size_t next = depth + kChunk;
    for (auto begin = items.begin(); begin != items.end();) {
        const auto end = std::find_if(begin, items.end(),
                                      [&](const Item& item) { return item.chunk != begin->chunk; });
        // A text that ended looks like one with zeros behind it, and comes before it.
        const auto longer =
            std::partition(begin, end, [&](const Item& item) { return item.text.size() <= next; });
        std::sort(begin, longer,
                  [](const Item& a, const Item& b) { return a.text.size() < b.text.size(); });
        if (end - longer > 1) rest.push_back({{longer, end}, next});
        begin = end;
    }
}

}  // namespace

std::vector<std::uint32_t> text_order(std::span<const std::string_view> texts) {
    std::vector<std::uint32_t> order(texts.size());
    if (std::is_sorted(texts.begin(), texts.end())) {
        std::iota(order.begin(), order.end(), 0U);
        return order;
    }
    std::vector<Item> items(texts.size());
    for (std::uint32_t i = 0; i < items.size(); ++i) items[i] = {0, texts[i], i};
    // A list instead of recursion: texts may be long.
    std::vector<Group> groups = {{items, 0}};
    while (!groups.empty()) {
        const Group group = groups.back();
        groups.pop_back();
        sort_group(group, groups);
    }
    std::transform(items.begin(), items.end(), order.begin(),
                   [](const Item& item) { return item.index; });
    return order;
}

}  // namespace skald
