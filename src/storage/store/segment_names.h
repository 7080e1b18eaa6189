// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/runtime/guarded.h>
#include <skald/storage/block/block.h>
#include <skald/storage/segment/segment.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// The prefix of all segments' keys.
inline constexpr std::string_view kSegmentsPrefix = "segments/";

/// The segment of an object key; nothing if it is not a segment's.
std::optional<SegmentId> segment_of_key(std::string_view key);
/// The generation of a level-0 segment's name; nothing for others.
std::optional<GenerationId> generation_of(const SegmentId& segment);
/// What a rewritten segment's name tells.
struct RewriteName {
    GenerationId newest;
    std::uint64_t set = 0;
};
/// Nothing for names of other segments.
std::optional<RewriteName> rewrite_of(const SegmentId& segment);

/// The highest number of each instance's generations that an object's name has.
/// Threading: thread-safe.
class GenerationNumbers {
public:
    void note(const GenerationId& generation);
    std::uint64_t last(const std::string& instance) const;

private:
    mutable Guarded<std::map<std::string, std::uint64_t>> last_;
};

}  // namespace skald::storage
