// SPDX-License-Identifier: Apache-2.0
#include "object_key.h"

#include <algorithm>
#include <string>

namespace skald::storage {
namespace {

constexpr std::size_t kKeyBytesMax = 1024;
constexpr std::size_t kPartBytesMax = 255;

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

/// Why the part is not one, or nullptr.
const char* part_problem(std::string_view part) {
    if (part.empty()) return "has an empty part";
    if (part.front() == '.') return "has a part that starts with '.'";
    if (part.size() > kPartBytesMax) return "has a part longer than 255 bytes";
    if (std::ranges::any_of(part, is_control)) return "has a control character";
    return nullptr;
}

const char* key_problem(std::string_view key) {
    if (key.size() > kKeyBytesMax) return "is longer than 1024 bytes";
    while (true) {
        const std::size_t slash = key.find('/');
        if (const char* problem = part_problem(key.substr(0, slash))) return problem;
        if (slash == std::string_view::npos) return nullptr;
        key.remove_prefix(slash + 1);
    }
}

Error bad_key(std::string_view what, std::string_view key, const char* problem) {
    std::string message(what);
    message.append(" '").append(key.substr(0, kKeyBytesMax)).append("' ").append(problem);
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

Result<void> check_object_key(std::string_view key) {
    if (const char* problem = key_problem(key)) return bad_key("object key", key, problem);
    return {};
}

Result<void> check_object_prefix(std::string_view prefix) {
    const std::size_t slash = prefix.rfind('/');
    if (slash == std::string_view::npos) return {};
    if (const char* problem = key_problem(prefix.substr(0, slash))) {
        return bad_key("object prefix", prefix, problem);
    }
    return {};
}

}  // namespace skald::storage
