// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/model/http_target.h>
#include <skald/foundation/model/remote_write.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/task.h>

#include <string>

namespace skald::read {

struct HttpPost {
    HttpTarget target;
    ClientTls tls;  ///< For a target with TLS.
    HttpHeaders headers;
    std::string body;
    DurationNs timeout = 10 * kNanosPerSecond;  ///< For all of it but looking up the name.
};

/// The answer; of a body its first bytes.
struct HttpReply {
    int status = 0;
    std::string body;
};

/// Sends on a connection of its own. Errors: kUnavailable, who is not reached or does not
/// answer, and files for TLS that can't be used.
Task<Result<HttpReply>> send(HttpPost post);

}  // namespace skald::read
