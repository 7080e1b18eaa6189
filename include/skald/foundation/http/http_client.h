// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald {

/// One HTTP request.
struct HttpRequest {
    std::string method = "GET";
    std::string url = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string_view body = {};  ///< Must outlive the call.
    std::size_t answer_bytes_max = 1U << 20;
};

/// What came back, whatever its status.
struct HttpAnswer {
    long status = 0;
    std::map<std::string, std::string> headers;  ///< Names in lower case.
    Buffer body;

    std::string_view header(const std::string& name) const;
};

/// Sends requests. Threading: thread-safe; calls block.
class HttpClient {
public:
    struct Options {
        std::chrono::milliseconds connect_timeout{5'000};
        std::chrono::milliseconds idle_timeout{20'000};  ///< Whole seconds, at least one.
        std::chrono::milliseconds timeout{0};            ///< Of everything; 0: none.
        std::chrono::milliseconds idle_connection{90'000};
        bool insecure_skip_verify = false;
        std::string ca_file = {};
        bool use_proxy = true;  ///< Of the environment.
    };

    virtual ~HttpClient() = default;
    /// Errors: kUnavailable (no connection, broken off), kDeadlineExceeded, kTooLarge (more than
    /// `answer_bytes_max`): there is no answer then. Nothing is tried twice.
    virtual Result<HttpAnswer> send(const HttpRequest& request) = 0;
    /// From now on no call takes longer than `time`.
    virtual void hurry(std::chrono::milliseconds time) = 0;

    /// Over libcurl, with connections that are kept.
    static std::unique_ptr<HttpClient> create(Options options);
};

}  // namespace skald
