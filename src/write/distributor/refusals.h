// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// The reasons why parts of a request were refused, as one error: a single message stands bare,
/// more become `2 errors like: a; 1 errors like: b`, in order of appearance.
///
/// Invariant: takes little memory whatever the request holds: after a hundred different messages
/// (or 256 KiB of text) new ones are only counted.
/// Threading: single-owner.
class Refusals {
public:
    void add(std::string_view message);
    bool empty() const noexcept { return groups_.empty(); }
    /// Requires: !empty().
    Error error() const;

private:
    static constexpr std::size_t kGroupsMax = 100;
    static constexpr std::size_t kBytesMax = std::size_t{256} * 1024;

    struct Group {
        std::uint64_t hash = 0;
        std::uint64_t count = 0;
        std::string message;
    };
    std::vector<Group> groups_;
    std::size_t bytes_ = 0;
    std::uint64_t others_ = 0;
};

}  // namespace skald::write
