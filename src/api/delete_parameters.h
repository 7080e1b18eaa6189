// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_form.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>

#include <string>

namespace skald::api {

/// What a delete request says.
struct DeleteParameters {
    std::string query;
    TimeNs start = 0;
    TimeNs end = 0;
};

/// Of the URL's parameters; `max_interval` is the largest that may be asked for, 0: any.
/// Errors: kInvalidArgument with Loki's texts.
Result<DeleteParameters> parse_delete(const Form& form, TimeNs now, DurationNs max_interval);

/// RFC 3339, or seconds of exactly ten digits. Errors: kInvalidArgument, `require unix seconds or
/// RFC3339 format`.
Result<TimeNs> parse_delete_time(std::string_view text);

}  // namespace skald::api
