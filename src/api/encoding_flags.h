// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <string>
#include <vector>

namespace skald::api {

/// The names in `X-Loki-Response-Encoding-Flags`, each once.
std::vector<std::string> encoding_flags(const HttpRequest& request);
/// True if stream labels, metadata and parsed labels are to be told apart.
bool wants_categories(const std::vector<std::string>& flags);

}  // namespace skald::api
