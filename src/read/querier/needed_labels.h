// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/stage.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// Names of labels that somebody reads of a row.
struct NeededLabels {
    bool all = false;
    std::vector<std::string> names;     ///< Without `all`: sorted, unique.
    std::vector<std::string> left_out;  ///< With `all`: but for these.

    static NeededLabels everything();

    bool contains(std::string_view name) const;
    bool nothing() const noexcept { return !all && names.empty(); }
    void add(std::string_view name);
    void add(const WantedLabels& wanted);
    /// Everything, but for what was added to `left_out` and is not in `names`.
    void add_all_but(const std::vector<std::string>& names_left_out);
    /// Nobody reads `name` any more.
    void remove(std::string_view name);
    /// What a parser has to make: everything, or the names.
    WantedLabels wanted() const;
};

}  // namespace skald::read
