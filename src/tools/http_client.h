// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::tools {

struct HttpAnswer {
    int status = 0;
    std::string body;
};

/// One request to a server, one connection each. Threading: single-owner; calls block.
class HttpClient {
public:
    /// `http://host:port/prefix`. Errors: kInvalidArgument (TLS included).
    static Result<HttpClient> create(std::string_view url);

    using Headers = std::vector<std::pair<std::string, std::string>>;
    /// Errors: kUnavailable: no connection, no answer within five minutes, or half of one.
    Result<HttpAnswer> request(std::string_view method, std::string_view target,
                               const Headers& headers, std::string_view body) const;

private:
    std::string host_;
    std::string port_;
    std::string prefix_;
};

}  // namespace skald::tools
