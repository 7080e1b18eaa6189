// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config_keys.h"

#include <skald/foundation/config/config.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace YAML {
class Node;
struct Mark;
}  // namespace YAML

namespace skald {

/// Reads YAML into a configuration, key by key, and lists everything that is wrong with it.
/// Threading: single-owner.
class YamlReader {
public:
    /// Both must outlive the reader. `set` gets the paths of own keys that the file sets.
    YamlReader(LoadedConfig& loaded, std::set<std::string>& set) : loaded_(loaded), set_(set) {}

    /// A whole file.
    void read_file(std::string_view text);
    /// The keys of one section, `section` being its path.
    void read_section(const YAML::Node& map, const std::string& section);

private:
    void read_map(const YAML::Node& map, const std::string& prefix, std::size_t depth);
    void read_item(const YAML::Mark& mark, const std::string& path, const YAML::Node& value,
                   std::size_t depth);
    void read_value(const YAML::Mark& mark, const std::string& path, const ConfigKey& key,
                    const YAML::Node& value);
    bool read_moved(const YAML::Mark& mark, const std::string& path, const YAML::Node& value);
    void problem(const YAML::Mark& mark, std::string text);

    LoadedConfig& loaded_;
    std::set<std::string>& set_;
};

/// The items of a list written as one text with commas.
std::vector<std::string> split_list(const std::string& text);

}  // namespace skald
