// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/hash.h>
#include <skald/storage/block/column_check.h>

#include <cstddef>
#include <cstdint>

namespace skald::storage {

std::string_view column_name(Column column) {
    constexpr std::string_view kNames[kColumnCount] = {"times", "offsets", "levels", "metadata",
                                                       "text"};
    return kNames[static_cast<std::size_t>(column)];
}

std::vector<Column> damaged_columns(const BlockHeader& header, std::string_view stored) {
    std::vector<Column> damaged;
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        const ColumnHeader& column = header.columns[i];
        if (column.stored_size == 0) continue;
        const std::string_view bytes = stored.substr(column.offset, column.stored_size);
        if (static_cast<std::uint32_t>(hash64(bytes)) != column.checksum)
            damaged.push_back(static_cast<Column>(i));
    }
    return damaged;
}

}  // namespace skald::storage
