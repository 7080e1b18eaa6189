// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <string>

namespace skald::api {

/// The policy that a push names for all of its streams (`X-Loki-Ingestion-Policy`), "" if none.
std::string named_policy(const HttpRequest& request);

}  // namespace skald::api
