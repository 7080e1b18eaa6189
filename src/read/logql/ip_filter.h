// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <array>
#include <optional>
#include <string_view>

namespace skald::read {

/// An IPv4 or IPv6 address in network order. Mapped IPv4 addresses (::ffff:1.2.3.4) are IPv6.
struct IpAddress {
    bool v6 = false;
    std::array<unsigned char, 16> bytes{};  ///< IPv4 uses the first four.

    static std::optional<IpAddress> parse(std::string_view text);
};

/// `ip("…")`: an address, a network or a range `a-b`. Threading: immutable.
class IpFilter {
public:
    /// Errors: kInvalidArgument, `ip: invalid pattern: "…"`.
    static Result<IpFilter> create(std::string_view pattern);

    bool contains(const IpAddress& address) const;
    /// True if some address in the text is in the range (spec: logql 3.1).
    bool found_in(std::string_view text) const;

private:
    IpFilter() = default;

    IpAddress low_;
    IpAddress high_;
};

}  // namespace skald::read
