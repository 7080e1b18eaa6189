// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/limits.h>

#include <string_view>

namespace skald::api {

/// The one table from failures to HTTP.
int status_of(ErrorCode code) noexcept;

/// As the write path and the admin endpoints tell errors: the text and a newline.
HttpResponse push_error(const Error& error);
/// The same for what the distributor refused: a tenant chooses the status of forbidden writes.
HttpResponse refused_push(const Error& error, const Limits& limits);
/// The key of the limit that refused, if its text doesn't name it because clients compare the text
/// as a whole: lines that are too long. Else "".
std::string_view unnamed_limit(const Error& error);
/// Puts that key beside the text: X-Skald-Limit.
void name_limit(const Error& error, HttpResponse& response);
/// Says when a client that hears 429 or 503 may come again.
HttpResponse with_retry_time(HttpResponse response);
/// As the read path tells errors: the bare text. Of a syntax error only its first line is sent
/// unless the client's `Accept` names text/plain: existing clients show and compare the whole body.
HttpResponse query_error(const Error& error, const HttpRequest& request);

}  // namespace skald::api
