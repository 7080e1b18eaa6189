// SPDX-License-Identifier: Apache-2.0
#include "error_response.h"

#include <skald/read/logql/parser.h>

namespace skald::api {

int status_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidArgument: return 400;
        case ErrorCode::kNotSupported: return 400;
        case ErrorCode::kUnauthenticated: return 401;
        case ErrorCode::kNotFound: return 404;
        case ErrorCode::kTooLarge: return 413;
        case ErrorCode::kUnprocessable: return 422;
        case ErrorCode::kLimitExceeded: return 429;
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

HttpResponse query_error(const Error& error, const HttpRequest& request) {
    const std::string accept = request.headers.joined("Accept");
    const bool wants_hints = accept.find("text/plain") != std::string::npos;
    return plain_text(status_of(error.code),
                      wants_hints ? error.message : std::string(read::without_hint(error.message)));
}

}  // namespace skald::api
