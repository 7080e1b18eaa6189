// SPDX-License-Identifier: Apache-2.0
#include "key_table.h"

namespace skald {

Error bad_value(const std::string& what, std::string_view got) {
    return {ErrorCode::kInvalidArgument, "must be " + what + ", got " + go_quote(got)};
}

std::string without_passwords(std::string text) {
    for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
        at += 3;
        const std::size_t end = std::min(text.find_first_of("/,", at), text.size());
        const std::size_t user = text.rfind('@', end == 0 ? 0 : end - 1);
        if (user == std::string::npos || user < at) continue;
        text.replace(at, user - at, "********");
    }
    return text;
}

ConfigKey& KeyTable::add(const std::string& path, const std::string& flag, const char* type,
                         std::string range, const char* doc) {
    ConfigKey key;
    key.path = path;
    key.flag = flag;
    key.type = type;
    key.range = std::move(range);
    key.doc = doc;
    keys_.push_back(std::move(key));
    return keys_.back();
}

}  // namespace skald
