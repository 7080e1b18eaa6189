// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace skald::tools {

/// A line on the terminal that says how far something is; nothing if stderr is none.
/// Threading: single-owner.
class Progress {
public:
    /// `total` in the unit of `add`; 0: not known.
    Progress(std::string what, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::uint64_t amount);

private:
    void draw(bool is_last);

    const std::string what_;
    const std::uint64_t total_;
    const bool is_shown_;
    std::uint64_t done_ = 0;
    std::chrono::steady_clock::time_point drawn_;
};

}  // namespace skald::tools
