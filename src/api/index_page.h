// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

/// What the page at `/` tells.
struct IndexPage {
    std::string version;
    std::string revision;
    std::optional<std::string> not_ready;  ///< The reason; nothing if the server is ready.
    std::vector<std::pair<std::string, std::string>> modules;  ///< Names and states.
    std::vector<std::pair<std::string, std::string>> links;    ///< Paths and what they show.
};

/// An HTML page for people: what runs here, whether it is well, and where to look further. It needs
/// nothing from elsewhere.
std::string index_html(const IndexPage& page);

}  // namespace skald::api
