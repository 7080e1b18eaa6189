// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/tenant.h>

namespace skald {

namespace {

constexpr std::size_t kTenantBytesMax = 150;

bool is_tenant_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!-_.*'()").find(c) != std::string_view::npos;
}

/// The whole UTF-8 character at the front, for messages; one byte if it is not well-formed.
std::string_view first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return text.substr(0, length);
}

}  // namespace

Result<TenantId> TenantId::parse(std::string_view text) {
    const std::string_view name = text.substr(0, text.find(':'));
    if (name.empty()) return Error{ErrorCode::kUnauthenticated, "no org id"};
    for (std::size_t i = 0; i < name.size(); ++i)
        if (!is_tenant_byte(name[i]))
            return Error{ErrorCode::kInvalidArgument,
                         "tenant ID '" + std::string(name) + "' contains unsupported character '" +
                             std::string(first_character(name.substr(i))) + "'"};
    if (name.size() > kTenantBytesMax)
        return Error{ErrorCode::kInvalidArgument, "tenant ID is too long: max 150 characters"};
    if (name == "." || name == "..")
        return Error{ErrorCode::kInvalidArgument, "tenant ID is '.' or '..'"};
    return TenantId(std::string(name));
}

TenantId TenantId::anonymous() {
    return TenantId("fake");
}

}  // namespace skald
