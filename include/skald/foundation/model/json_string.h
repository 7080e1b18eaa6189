// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/text.h>

#include <string>
#include <string_view>

namespace skald {

/// `"text"` as append_json_escaped writes it.
inline void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    append_json_escaped(out, text);
    out.push_back('"');
}

}  // namespace skald
