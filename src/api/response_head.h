// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::api {

/// How the connection goes on after an answer.
enum class Persistence {
    kKeepAlive,
    kKeepAliveNamed,  ///< HTTP/1.0 wants to be told.
    kClose,
};

/// Status line and header fields up to the empty line. `date` is an IMF-fixdate.
std::string response_head(const HttpResponse& response, Persistence persistence,
                          std::string_view date);
/// "OK", "No Content", …
std::string_view reason_of(int status) noexcept;
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string http_date(std::int64_t unix_seconds);

}  // namespace skald::api
