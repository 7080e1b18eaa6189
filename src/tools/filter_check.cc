// SPDX-License-Identifier: Apache-2.0
#include "filter_check.h"

#include <string_view>

namespace skald::tools {

using storage::FilterProbe;

std::optional<std::uint32_t> row_that_filter_denies(const storage::BlockFilter& filter,
                                                    const storage::LineColumn& lines,
                                                    const storage::MetadataColumn& levels,
                                                    const storage::MetadataColumns& metadata) {
    const auto rows = static_cast<std::uint32_t>(lines.offsets.rows());
    const auto denies_pair = [&](std::string_view name, std::string_view value) {
        return !value.empty() && !filter.may_hold(FilterProbe::of_metadata(name, value));
    };
    for (std::uint32_t row = 0; row < rows; ++row) {
        // A line is what every needle in it is a part of.
        if (!filter.may_hold(FilterProbe::of_text(lines.line(row)))) return row;
        if (denies_pair("detected_level", levels.value(row))) return row;
        for (const storage::MetadataColumn& column : metadata.columns) {
            if (denies_pair(column.name, column.value(row))) return row;
        }
    }
    return std::nullopt;
}

}  // namespace skald::tools
