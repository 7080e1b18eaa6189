// SPDX-License-Identifier: Apache-2.0
#include "yaml_reader.h"

#include "foreign_keys.h"
#include "moved_keys.h"
#include "nearest_key.h"
#include "refusals.h"
#include "schema_check.h"

#include <skald/foundation/model/split.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

namespace skald {

namespace {

/// Sections nest at most this deep; more is a mistake or an attack.
constexpr std::size_t kDepthMax = 32;
/// Problems after which it is not said any more what may have been meant: it takes a while for each
/// key, and a file with so many is of another program.
constexpr std::size_t kSuggestionsMax = 50;

bool is_own_section(const std::string& path) {
    return std::any_of(config_keys().begin(), config_keys().end(),
                       [&](const ConfigKey& key) { return key.path.starts_with(path + "."); });
}

std::string in_one_line(const YAML::Node& node) {
    YAML::Emitter out;
    out << YAML::Flow << node;
    return out.c_str();
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> items;
    for (std::string_view rest = text; !rest.empty();) items.emplace_back(take_part(rest, ','));
    return items;
}

void YamlReader::read_file(std::string_view text) {
    try {
        const YAML::Node root = YAML::Load(std::string(text));
        if (root.IsNull()) return;
        if (!root.IsMap()) {
            problem(root.Mark(), "the file must be a map of keys and values");
            return;
        }
        read_map(root, "", 0);
    } catch (const YAML::Exception& exception) {
        problem(exception.mark, "not YAML: " + exception.msg);
    }
}

void YamlReader::read_section(const YAML::Node& map, const std::string& section) {
    read_map(map, section, 0);
}

void YamlReader::read_map(const YAML::Node& map, const std::string& prefix, std::size_t depth) {
    if (depth > kDepthMax) {
        problem(map.Mark(), prefix + ": nested too deeply");
        return;
    }
    std::set<std::string> seen;
    for (const auto& item : map) {
        const YAML::Node& name = item.first;
        if (!name.IsScalar()) {
            problem(name.Mark(), "a key must be text");
            continue;
        }
        const std::string path = prefix.empty() ? name.Scalar() : prefix + "." + name.Scalar();
        if (!seen.insert(path).second) problem(name.Mark(), path + ": set twice");
        read_item(name.Mark(), path, item.second, depth);
    }
}

void YamlReader::read_item(const YAML::Mark& mark, const std::string& path, const YAML::Node& value,
                           std::size_t depth) {
    if (const ConfigKey* key = find_config_key(path)) {
        read_value(mark, path, *key, value);
        return;
    }
    if (read_moved(mark, path, value)) return;
    for (ConfigProblem& refusal : refusals(path, value)) loaded_.problems.push_back(refusal);
    if (path == kSchemaPeriods) loaded_.config.storage.periods = stores_of_periods(value);
    if (is_own_section(path) || is_foreign_section(path)) {
        if (value.IsNull()) return;  // An empty section.
        if (value.IsMap()) {
            read_map(value, path, depth + 1);
            return;
        }
        if (!is_foreign_key(path)) {
            problem(mark, path + ": must be a map of keys and values");
            return;
        }
    }
    if (is_foreign_key(path)) {
        loaded_.ignored.push_back(path);
        return;
    }
    std::string text = path + ": no such key";
    const bool suggests = loaded_.problems.size() < kSuggestionsMax;
    const std::string nearest = suggests ? nearest_key(path) : std::string{};
    if (!nearest.empty()) text += "; did you mean " + nearest + "?";
    problem(mark, text);
}

void YamlReader::read_value(const YAML::Mark& mark, const std::string& path, const ConfigKey& key,
                            const YAML::Node& value) {
    std::vector<std::string> texts;
    if (value.IsNull()) return;  // `key:` alone leaves the default, as in Loki.
    if (key.is_yaml) {
        texts = {in_one_line(value)};
    } else if (value.IsScalar()) {
        texts = key.is_list ? split_list(value.Scalar()) : std::vector{value.Scalar()};
    } else if (value.IsSequence() && key.is_list) {
        for (const auto& item : value) {
            if (item.IsScalar()) {
                texts.push_back(item.Scalar());
            } else {
                problem(item.Mark(), path + ": each item must be text");
                return;
            }
        }
    } else {
        problem(mark, path + ": must be " + key.type);
        return;
    }
    const Result<void> set = key.set(loaded_.config, texts);
    if (!set) {
        problem(mark, path + ": " + set.error().message);
    } else if (key.unused) {
        for (const std::string& each : key.unused(texts[0]))
            loaded_.ignored.push_back(path + "." + each);
    }
    set_.insert(key.path);
}

bool YamlReader::read_moved(const YAML::Mark& mark, const std::string& path,
                            const YAML::Node& value) {
    const std::string_view now = moved_to(path);
    if (now.empty()) return false;
    // The new name wins wherever it stands in the file: if it comes later, it overwrites this.
    const ConfigKey* key = find_config_key(now);
    if (key == nullptr || set_.contains(key->path)) return true;
    loaded_.notes.push_back(path + " is now " + key->path);
    read_value(mark, path, *key, value);
    set_.erase(key->path);
    return true;
}

void YamlReader::problem(const YAML::Mark& mark, std::string text) {
    const std::size_t line = mark.is_null() ? 0 : static_cast<std::size_t>(mark.line) + 1;
    loaded_.problems.push_back({line, std::move(text)});
}

}  // namespace skald
