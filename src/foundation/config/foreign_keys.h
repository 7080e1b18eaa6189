// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace skald {

/// A key of Loki's configuration that this version has no use for.
struct ForeignKey {
    std::string_view path;    ///< Dotted; "a.b.*" stands for everything below a.b.
    std::string_view flag;    ///< Without dashes; empty if there is none.
    bool is_boolean = false;  ///< The flag needs no value.
};

/// Keys of Loki's configuration files, of 1.x to 3.7, by path.
const std::vector<ForeignKey>& foreign_keys();

/// True if Loki knows the key: it is accepted, and named in one warning if it means nothing here.
bool is_foreign_key(std::string_view path);
/// True if Loki has keys below this path.
bool is_foreign_section(std::string_view path);
/// The key of a flag of Loki's. Its path is empty for the flags of settings that Loki has in many
/// places (`-frontend.memcached.hostname`). `flag` must outlive the answer.
std::optional<ForeignKey> find_foreign_flag(std::string_view flag);

}  // namespace skald
