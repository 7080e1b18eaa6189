// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace skald {

/// The known key that is most like `path`; empty if none is near.
std::string nearest_key(std::string_view path);

}  // namespace skald
