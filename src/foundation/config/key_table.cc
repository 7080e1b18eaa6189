// SPDX-License-Identifier: Apache-2.0
#include "key_table.h"

#include <skald/foundation/model/http_target.h>

namespace skald {

Error bad_value(const std::string& what, std::string_view got) {
    return {ErrorCode::kInvalidArgument, "must be " + what + ", got " + go_quote(got)};
}

namespace {

/// Where the host and what stands before it ends; in a list that is a comma before the next URL,
/// perhaps with a space between them.
std::size_t authority_end(std::string_view text, std::size_t at) {
    for (;; ++at) {
        at = std::min(text.find_first_of("/?,", at), text.size());
        if (at == text.size() || text[at] != ',') return at;
        if (text.substr(at + 1, 5).find("http") != std::string_view::npos) return at;
    }
}

}  // namespace

std::string without_passwords(std::string text) {
    for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
        at += 3;
        const std::size_t end = authority_end(text, at);
        const std::size_t user = text.rfind('@', end == 0 ? 0 : end - 1);
        if (user == std::string::npos || user < at) continue;
        text.replace(at, user - at, "********");
    }
    return text;
}

Result<void> check_http_address(const std::string& url) {
    if (url.empty()) return {};
    if (const auto target = parse_http_target(url); !target) return target.error();
    return {};
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
