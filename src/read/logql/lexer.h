// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "token.h"

#include <string_view>
#include <vector>

namespace skald::read {

/// Cuts a query into tokens (spec: logql section 1). The last token is kEnd, or kBroken at the
/// first thing that cannot be read; the parser reports that only if it gets there.
std::vector<Token> tokenize(std::string_view query);

}  // namespace skald::read
