// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>

namespace skald {

/// An address that is posted to.
struct HttpTarget {
    bool tls = false;
    std::string host;
    std::string port;
    std::string path;           ///< Begins with '/'; with the query.
    std::string authorization;  ///< The header's value; from user and password of the URL.

    /// Without user and password, for people.
    std::string text() const;
};

/// Errors: kInvalidArgument. Threading: pure.
Result<HttpTarget> parse_http_target(std::string_view url);

/// `Basic …` of a user and a password.
std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace skald
