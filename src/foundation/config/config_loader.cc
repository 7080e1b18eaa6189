// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"
#include "foreign_keys.h"
#include "nearest_key.h"

#include <skald/foundation/config/config.h>
#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <string>

namespace skald {

namespace {

/// Folders nest at most this deep; more is a mistake or an attack.
constexpr std::size_t kDepthMax = 32;

class ConfigLoader {
public:
    explicit ConfigLoader(LoadedConfig& loaded) : loaded_(loaded) {}

    void read_yaml(std::string_view text) {
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

    void read_flags(const std::vector<ConfigFlag>& flags) {
        for (const ConfigFlag& flag : flags) {
            const auto& keys = config_keys();
            const auto key = std::find_if(
                keys.begin(), keys.end(),
                [&](const ConfigKey& candidate) { return candidate.flag == flag.name; });
            if (key == keys.end()) {
                loaded_.problems.push_back({0, "-" + flag.name + ": no such flag"});
                continue;
            }
            std::vector<std::string> texts = {flag.value};
            if (key->is_list) texts = split_list(flag.value);
            const Result<void> set = key->set(loaded_.config, texts);
            if (!set) loaded_.problems.push_back({0, "-" + flag.name + " " + set.error().message});
            set_.insert(key->path);
        }
    }

    bool was_set(std::string_view path) const { return set_.contains(std::string(path)); }

private:
    static std::vector<std::string> split_list(const std::string& text) {
        std::vector<std::string> items;
        std::size_t begin = 0;
        while (begin < text.size()) {
            const std::size_t comma = std::min(text.find(',', begin), text.size());
            items.push_back(text.substr(begin, comma - begin));
            begin = comma + 1;
        }
        return items;
    }

    void read_map(const YAML::Node& map, const std::string& prefix, std::size_t depth) {
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

    void read_item(const YAML::Mark& mark, const std::string& path, const YAML::Node& value,
                   std::size_t depth) {
        if (const ConfigKey* key = find_config_key(path)) {
            read_value(mark, *key, value);
            return;
        }
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
        const std::string nearest = nearest_key(path);
        if (!nearest.empty()) text += "; did you mean " + nearest + "?";
        problem(mark, text);
    }

    void read_value(const YAML::Mark& mark, const ConfigKey& key, const YAML::Node& value) {
        std::vector<std::string> texts;
        if (value.IsNull()) return;  // `key:` alone leaves the default, as in Loki.
        if (value.IsScalar()) {
            texts = key.is_list ? split_list(value.Scalar()) : std::vector{value.Scalar()};
        } else if (value.IsSequence() && key.is_list) {
            for (const auto& item : value) {
                if (item.IsScalar()) {
                    texts.push_back(item.Scalar());
                } else {
                    problem(item.Mark(), key.path + ": each item must be text");
                    return;
                }
            }
        } else {
            problem(mark, key.path + ": must be " + key.type);
            return;
        }
        const Result<void> set = key.set(loaded_.config, texts);
        if (!set) problem(mark, key.path + ": " + set.error().message);
        set_.insert(key.path);
    }

    static bool is_own_section(const std::string& path) {
        return std::any_of(config_keys().begin(), config_keys().end(),
                           [&](const ConfigKey& key) { return key.path.starts_with(path + "."); });
    }

    void problem(const YAML::Mark& mark, std::string text) {
        const std::size_t line = mark.is_null() ? 0 : static_cast<std::size_t>(mark.line) + 1;
        loaded_.problems.push_back({line, std::move(text)});
    }

    LoadedConfig& loaded_;
    std::set<std::string> set_;  ///< Keys that the file or a flag set.
};

std::string below(const std::string& folder, std::string_view name) {
    std::string path = folder.empty() ? "data" : folder;
    if (path.back() != '/') path += '/';
    return path + std::string(name);
}

/// Values that follow from others, as Loki derives them from `common`.
void derive(Config& config) {
    const std::string& prefix = config.common.path_prefix;
    if (config.common.chunks_directory.empty())
        config.common.chunks_directory = config.storage.filesystem_directory.empty()
                                             ? below(prefix, "chunks")
                                             : config.storage.filesystem_directory;
    if (config.ingester.wal_directory.empty()) config.ingester.wal_directory = below(prefix, "wal");
    if (config.storage.catalog_directory.empty())
        config.storage.catalog_directory = below(prefix, "catalog");
    if (config.patterns.directory.empty()) config.patterns.directory = below(prefix, "patterns");
    if (config.server.http_server_read_header_timeout == 0)
        config.server.http_server_read_header_timeout = config.server.http_server_read_timeout;
}

/// Whether values go together, and whether this version can do what they ask.
void check(const ConfigLoader& loader, LoadedConfig& loaded) {
    const Config& config = loaded.config;
    const auto problem = [&](std::string text) { loaded.problems.push_back({0, std::move(text)}); };
    if (!config.common.ring_store.empty() && config.common.ring_store != "inmemory")
        problem("common.ring.kvstore.store: " + go_quote(config.common.ring_store) +
                " is not served: this version runs as one process; write inmemory");
    if (loader.was_set("common.replication_factor") && config.common.replication_factor != 1)
        problem("common.replication_factor: one process keeps one copy; write 1");
    if (!config.ingester.wal_enabled)
        problem(
            "ingester.wal.enabled: the write-ahead log can't be switched off, an acknowledged line "
            "is in it; "
            "remove the key");
    if (config.ingester.generation_memory_bytes > config.memory.ingest)
        problem("ingester.generation.memory_bytes must not be larger than memory.ingest");
}

}  // namespace

LoadedConfig load_config(std::string_view yaml, const std::vector<ConfigFlag>& flags) {
    LoadedConfig loaded;
    ConfigLoader loader(loaded);
    loader.read_yaml(yaml);
    loader.read_flags(flags);
    derive(loaded.config);
    check(loader, loaded);
    std::stable_sort(
        loaded.problems.begin(), loaded.problems.end(),
        [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
    return loaded;
}

std::string_view embedded_config_yaml() {
    return "auth_enabled: false\ncommon:\n  path_prefix: ./data\n";
}

bool is_config_flag(std::string_view name) {
    return std::any_of(config_keys().begin(), config_keys().end(),
                       [&](const ConfigKey& key) { return !key.flag.empty() && key.flag == name; });
}

bool is_boolean_flag(std::string_view name) {
    return std::any_of(config_keys().begin(), config_keys().end(),
                       [&](const ConfigKey& key) { return key.flag == name && key.is_boolean; });
}

}  // namespace skald
