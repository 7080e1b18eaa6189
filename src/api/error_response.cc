// SPDX-License-Identifier: Apache-2.0
#include "error_response.h"

#include <skald/read/logql/parser.h>

#include <algorithm>
#include <utility>

namespace skald::api {

int status_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidArgument: return 400;
        case ErrorCode::kNotSupported: return 400;
        case ErrorCode::kUnauthenticated: return 401;
        case ErrorCode::kForbidden: return 403;
        case ErrorCode::kNotFound: return 404;
        case ErrorCode::kTooLarge: return 413;
        case ErrorCode::kUnprocessable: return 422;
        case ErrorCode::kLimitExceeded: return 429;
        case ErrorCode::kBlocked: return 260;
        case ErrorCode::kCancelled: return 499;
        case ErrorCode::kCorruption: return 500;
        case ErrorCode::kIo: return 500;
        case ErrorCode::kInternal: return 500;
        case ErrorCode::kUnavailable: return 503;
        case ErrorCode::kDeadlineExceeded: return 504;
    }
    return 500;
}

HttpResponse push_error(const Error& error) {
    return plain_text(status_of(error.code), error.message + "\n");
}

HttpResponse refused_push(const Error& error, const Limits& limits) {
    HttpResponse response = push_error(error);
    if (error.code == ErrorCode::kBlocked)
        response.status = static_cast<int>(limits.block_ingestion_status_code);
    name_limit(error, response);
    return response;
}

std::string_view unnamed_limit(const Error& error) {
    const bool is_line_size = error.message.find("max entry size '") != std::string::npos;
    return is_line_size ? "limits_config.max_line_size" : "";
}

void name_limit(const Error& error, HttpResponse& response) {
    const std::string_view key = unnamed_limit(error);
    if (!key.empty()) response.headers.emplace_back("X-Skald-Limit", key);
}

HttpResponse with_retry_time(HttpResponse response) {
    const bool overload = response.status == 429 || response.status == 503;
    const bool told = std::any_of(response.headers.begin(), response.headers.end(),
                                  [](const auto& header) { return header.first == "Retry-After"; });
    if (overload && !told) response.headers.emplace_back("Retry-After", "1");
    return response;
}

HttpResponse query_error(const Error& error, const HttpRequest& request) {
    const std::string accept = request.headers.joined("Accept");
    const bool wants_hints = accept.find("text/plain") != std::string::npos;
    return plain_text(status_of(error.code),
                      wants_hints ? error.message : std::string(read::without_hint(error.message)));
}

}  // namespace skald::api
