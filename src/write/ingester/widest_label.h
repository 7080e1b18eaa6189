// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace skald::write {

/// A label and how many values it has: what makes for many streams.
struct WidestLabel {
    std::string name;  ///< Empty if no stream was looked at.
    std::uint64_t values = 0;
};

/// Counts the values of labels over streams. Holds a hash a value.
/// Threading: single-owner.
class LabelWidths {
public:
    void add(const Labels& labels);
    /// The label with the most values, of equal ones the first by name.
    WidestLabel widest() const;

private:
    std::unordered_map<std::string, std::unordered_set<std::uint64_t>> values_;
};

}  // namespace skald::write
