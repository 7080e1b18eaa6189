// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace skald {

/// Who owns the data. Part of every key and path; made only by `parse`, so it is always valid.
/// Threading: immutable.
class TenantId {
public:
    /// [a-zA-Z0-9!-_.*'()], 1…150 bytes, not "." or "..". A ":subtenant" suffix is cut off.
    /// Errors: kInvalidArgument in Loki's words (http-api section 2); kUnauthenticated `no org id`
    /// if empty.
    static Result<TenantId> parse(std::string_view text);
    /// The tenant of a server without authentication: "fake".
    static TenantId anonymous();

    const std::string& text() const noexcept { return text_; }
    /// A number for whoever shares something out among tenants; never 0. Two tenants that have the
    /// same one share a share.
    std::uint64_t flow() const noexcept { return std::hash<std::string>{}(text_) | 1; }
    auto operator<=>(const TenantId&) const = default;

private:
    explicit TenantId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace skald

template <>
struct std::hash<skald::TenantId> {
    std::size_t operator()(const skald::TenantId& tenant) const noexcept {
        return std::hash<std::string>{}(tenant.text());
    }
};
