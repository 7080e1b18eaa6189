// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sampled_lines.h"
#include "template_tree.h"

#include <skald/foundation/base/result.h>
#include <skald/write/patterns/pattern_store.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::write {

/// The templates of all tenants. Threading: caller locks.
class PatternTable {
public:
    explicit PatternTable(std::uint64_t memory_bytes_max) : memory_max_(memory_bytes_max) {}

    /// Counts the lines; returns how many made no template or found no room.
    std::size_t add(const SampledLines& sample, std::span<const std::string> message_keys);
    /// Drops what is before `oldest`; past the memory limit, the streams that were not seen for
    /// longest, too.
    void prune(std::uint32_t oldest);
    std::vector<PatternStore::Pattern> query(const PatternStore::Request& request) const;

    /// docs/formats/patterns.md.
    std::string encode() const;
    /// Errors: kCorruption; the table is then empty.
    Result<void> decode(std::string_view bytes);

    std::uint64_t memory_bytes() const noexcept { return memory_; }
    std::size_t streams() const;

private:
    struct StreamTemplates {
        StreamPtr stream;
        std::map<std::string, TemplateTree, std::less<>> levels;
        std::uint32_t newest = 0;

        std::size_t heap_bytes() const;
    };
    using Streams = std::unordered_map<StreamId, StreamTemplates>;

    void measure();
    void drop_longest_unseen();

    const std::uint64_t memory_max_;
    std::map<TenantId, Streams> tenants_;
    std::uint32_t oldest_ = 0;  ///< Lines before it are not counted.
    std::uint64_t memory_ = 0;  ///< Estimated while lines are added, measured by `prune`.
    LineWords words_;
};

}  // namespace skald::write
