// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"
#include "foreign_keys.h"
#include "memory_shares.h"
#include "object_store_choice.h"
#include "yaml_reader.h"

#include <skald/foundation/config/config.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <set>
#include <string>

namespace skald {

namespace {

const ConfigKey* find_flag(std::string_view flag) {
    const auto& keys = config_keys();
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& key) {
        return !key.flag.empty() && key.flag == flag;
    });
    return found == keys.end() ? nullptr : &*found;
}

/// Sets one key from a flag or a variable; `name` is what the user knows it by.
void set_from_text(LoadedConfig& loaded, std::set<std::string>& set, const ConfigKey& key,
                   const std::string& name, const std::string& value) {
    std::vector<std::string> texts = {value};
    if (key.is_list) texts = split_list(value);
    const Result<void> done = key.set(loaded.config, texts);
    if (!done) loaded.problems.push_back({0, name + " " + done.error().message});
    set.insert(key.path);
}

void read_flags(LoadedConfig& loaded, std::set<std::string>& set,
                const std::vector<ConfigFlag>& flags) {
    for (const ConfigFlag& flag : flags) {
        if (!flag.variable.empty()) {
            if (const ConfigKey* key = find_config_key(flag.name))
                set_from_text(loaded, set, *key, flag.variable, flag.value);
        } else if (const ConfigKey* key = find_flag(flag.name)) {
            set_from_text(loaded, set, *key, "-" + flag.name, flag.value);
        } else if (find_foreign_flag(flag.name)) {
            loaded.ignored.push_back("-" + flag.name);
        } else {
            loaded.problems.push_back({0, "-" + flag.name + ": no such flag"});
        }
    }
}

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
    if (config.common.rules_directory.empty())
        config.common.rules_directory = below(prefix, "rules");
    if (config.ruler.directory.empty()) config.ruler.directory = config.common.rules_directory;
    if (config.object_store.cache_directory.empty())
        config.object_store.cache_directory = below(prefix, "object-cache");
    if (config.patterns.directory.empty()) config.patterns.directory = below(prefix, "patterns");
    if (config.server.http_server_read_header_timeout == 0)
        config.server.http_server_read_header_timeout = config.server.http_server_read_timeout;
}

/// Whether values go together, and whether this version can do what they ask.
void check(const std::set<std::string>& set, LoadedConfig& loaded) {
    const Config& config = loaded.config;
    const auto problem = [&](std::string text) { loaded.problems.push_back({0, std::move(text)}); };
    if (!config.common.ring_store.empty() && config.common.ring_store != "inmemory")
        problem("common.ring.kvstore.store: " + go_quote(config.common.ring_store) +
                " is not served: this version runs as one process; write inmemory");
    if (set.contains("common.replication_factor") && config.common.replication_factor != 1)
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

LoadedConfig load_config(std::string_view yaml, const std::vector<ConfigFlag>& flags,
                         std::uint64_t machine_memory) {
    LoadedConfig loaded;
    std::set<std::string> set;  // Keys that the file, a variable or a flag set.
    YamlReader(loaded, set).read_file(yaml);
    read_flags(loaded, set, flags);
    choose_object_store(loaded);
    derive(loaded.config);
    if (auto problem = divide_memory(loaded.config, set, machine_memory))
        loaded.problems.push_back({0, *std::move(problem)});
    check(set, loaded);
    std::stable_sort(
        loaded.problems.begin(), loaded.problems.end(),
        [](const ConfigProblem& a, const ConfigProblem& b) { return a.line < b.line; });
    return loaded;
}

std::string_view embedded_config_yaml() {
    return "auth_enabled: false\ncommon:\n  path_prefix: ./data\n";
}

bool is_config_flag(std::string_view name) {
    return find_flag(name) != nullptr || find_foreign_flag(name).has_value();
}

bool is_boolean_flag(std::string_view name) {
    if (const ConfigKey* key = find_flag(name)) return key->is_boolean;
    const std::optional<ForeignKey> foreign = find_foreign_flag(name);
    return foreign && foreign->is_boolean;
}

}  // namespace skald
