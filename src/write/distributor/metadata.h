// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/write/distributor/text_arena.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>

namespace skald::write {

/// Bytes of names and values, as limits and rates count them: without `detected_level`, which is
/// the server's own.
std::uint64_t metadata_bytes(std::span<const LabelView> pairs) noexcept;

/// Brings the structured metadata of entries into the form in which it is stored (http-api 5.1,
/// step 8): clean names, valid UTF-8 values, sorted, of equal names the last, no empty values.
/// Threading: single-owner; one for a request, so that a name is cleaned once.
class MetadataCleaner {
public:
    /// New texts go to `arena`.
    explicit MetadataCleaner(TextArena& arena) : arena_(arena) {}

    struct Cleaned {
        std::size_t count = 0;   ///< The first `count` pairs are the entry's metadata now.
        std::string_view level;  ///< The value of `detected_level`, which is taken out; or "".
    };
    /// Rewrites `pairs` in place. Errors: kInternal for a name that has nothing left when cleaned.
    Result<Cleaned> clean(std::span<LabelView> pairs);

    /// Pairs that were changed so far.
    std::uint64_t sanitized() const noexcept { return sanitized_; }

private:
    Result<std::string_view> clean_name(std::string_view name);
    std::string_view clean_value(std::string_view value);

    TextArena& arena_;
    std::unordered_map<std::string_view, std::string_view> cleaned_names_;
    std::uint64_t sanitized_ = 0;
};

}  // namespace skald::write
