// SPDX-License-Identifier: Apache-2.0
#include "ingestion_policy.h"

namespace skald::api {

std::string named_policy(const HttpRequest& request) {
    return std::string(request.headers.find("X-Loki-Ingestion-Policy").value_or(""));
}

}  // namespace skald::api
