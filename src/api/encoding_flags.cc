// SPDX-License-Identifier: Apache-2.0
#include "encoding_flags.h"

#include <skald/foundation/model/split.h>

#include <algorithm>
#include <string_view>

namespace skald::api {

namespace {

constexpr std::size_t kEncodingFlagsMax = 16;

}  // namespace

std::vector<std::string> encoding_flags(const HttpRequest& request) {
    std::vector<std::string> flags;
    const std::string header = request.headers.joined("X-Loki-Response-Encoding-Flags");
    std::string_view rest = header;
    while (!rest.empty()) {
        const std::string_view flag = trim_blanks(take_part(rest, ','));
        const bool is_new = std::find(flags.begin(), flags.end(), flag) == flags.end();
        if (!flag.empty() && is_new && flags.size() < kEncodingFlagsMax) flags.emplace_back(flag);
    }
    return flags;
}

bool wants_categories(const std::vector<std::string>& flags) {
    return std::find(flags.begin(), flags.end(), "categorize-labels") != flags.end();
}

}  // namespace skald::api
