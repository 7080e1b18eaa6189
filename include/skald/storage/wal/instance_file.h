// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace skald::storage {

// The file `instance` beside the log: docs/formats/instance.md. Threading: pure.

inline constexpr const char* kInstanceFile = "instance";

/// What such a file says.
struct InstanceFile {
    std::string name;       ///< Empty: it can't be told.
    bool is_whole = false;  ///< Both lines are, or it is of the version without checksums.
    bool has_checksums = false;
};

InstanceFile decode_instance_file(std::string_view text);
std::string encode_instance_file(std::string_view name);
/// What a name consists of.
bool belongs_to_instance_name(char c);

}  // namespace skald::storage
