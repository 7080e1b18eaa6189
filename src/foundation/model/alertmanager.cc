// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/model/alertmanager.h>
#include <skald/foundation/model/split.h>

#include <utility>

namespace skald {

std::vector<std::string> split_alertmanager_urls(std::string_view text) {
    std::vector<std::string> urls;
    while (!text.empty()) {
        std::string url(take_part(text, ','));
        std::erase(url, ' ');
        if (!url.empty()) urls.push_back(std::move(url));
    }
    return urls;
}

}  // namespace skald
