// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/task.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {

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

struct HttpPost {
    HttpTarget target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    DurationNs timeout = 10 * kNanosPerSecond;  ///< For all of it but looking up the name.
};

/// The answer; of a body its first bytes.
struct HttpReply {
    int status = 0;
    std::string body;
};

/// Sends on a connection of its own. Errors: kUnavailable, who is not reached or does not answer.
Task<Result<HttpReply>> send(HttpPost post);

}  // namespace skald::read
