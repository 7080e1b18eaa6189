// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <skald/foundation/base/result.h>

namespace skald::api {

/// The one table from failures to HTTP.
int status_of(ErrorCode code) noexcept;

/// As the write path and the admin endpoints tell errors: the text and a newline.
HttpResponse push_error(const Error& error);
/// As the read path tells errors: the bare text. Of a syntax error only its first line is sent
/// unless the client's `Accept` names text/plain: existing clients show and compare the whole body.
HttpResponse query_error(const Error& error, const HttpRequest& request);

}  // namespace skald::api
