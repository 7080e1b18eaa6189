// SPDX-License-Identifier: Apache-2.0
#include "id_set.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace skald::storage {

IdSet intersect(const IdSet& a, const IdSet& b) {
    const IdSet& small = a.size() <= b.size() ? a : b;
    const IdSet& large = a.size() <= b.size() ? b : a;
    IdSet both;
    // Past this ratio a binary search a number beats walking both.
    constexpr std::size_t kSearchRatio = 16;
    if (small.size() < large.size() / kSearchRatio) {
        auto from = large.begin();
        for (const std::uint32_t id : small) {
            from = std::lower_bound(from, large.end(), id);
            if (from == large.end()) break;
            if (*from == id) both.push_back(id);
        }
        return both;
    }
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}

IdSet subtract(const IdSet& a, const IdSet& b) {
    IdSet rest;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
    return rest;
}

IdSet all_ids(std::uint32_t count) {
    IdSet all(count);
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

IdSet to_id_set(std::vector<std::uint32_t> numbers) {
    if (!std::is_sorted(numbers.begin(), numbers.end())) std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
}

void encode_id_set(const IdSet& set, ByteWriter& out) {
    std::size_t runs = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i == 0 || set[i] != set[i - 1] + 1) ++runs;
    }
    out.varint(runs);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < set.size();) {
        std::size_t end = i + 1;
        while (end < set.size() && set[end] == set[end - 1] + 1) ++end;
        out.varint(set[i] - next);
        out.varint(end - i - 1);
        next = set[end - 1] + 1;
        i = end;
    }
}

IdRuns decode_id_runs(ByteReader& in, std::size_t count_max) {
    const std::uint64_t count = in.varint();
    // Each run has two bytes at least.
    if (count > in.remaining() / 2) in.fail();
    IdRuns runs;
    if (in.ok()) runs.reserve(count);
    std::uint64_t next = 0;
    std::size_t left = count_max;
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::uint64_t gap = in.varint();
        const std::uint64_t more = in.varint();
        if (!in.ok() || gap > UINT32_MAX || more >= left || next + gap + more >= UINT32_MAX) {
            in.fail();
            break;
        }
        const std::uint64_t end = next + gap + more + 1;
        runs.push_back({static_cast<std::uint32_t>(next + gap), static_cast<std::uint32_t>(end)});
        next = end;
        left -= more + 1;
    }
    if (!in.ok()) runs.clear();
    return runs;
}

bool decode_id_set(ByteReader& in, std::size_t count_max, std::vector<std::uint32_t>& out) {
    for (const IdRun& run : decode_id_runs(in, count_max)) {
        for (std::uint32_t id = run.first; id < run.end; ++id) out.push_back(id);
    }
    return in.ok();
}

bool overlaps(const IdSet& set, const IdRuns& runs) {
    auto from = set.begin();
    for (const IdRun& run : runs) {
        from = std::lower_bound(from, set.end(), run.first);
        if (from == set.end()) return false;
        if (*from < run.end) return true;
    }
    return false;
}

}  // namespace skald::storage
