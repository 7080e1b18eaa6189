// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {

/// The text column of a block with these lines. Owns its bytes.
inline LineColumn make_line_column(const std::vector<std::string>& lines) {
    struct Storage {
        std::string text;
        std::vector<std::uint32_t> offsets{0};
    };
    auto storage = std::make_shared<Storage>();
    for (const std::string& line : lines) {
        storage->text += line + "\n";
        storage->offsets.push_back(static_cast<std::uint32_t>(storage->text.size()));
    }
    LineColumn column;
    column.text = storage->text;
    column.offsets.offsets = storage->offsets;
    column.offsets.owner = storage;
    column.owner = std::move(storage);
    return column;
}

}  // namespace skald::storage
