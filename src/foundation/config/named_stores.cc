// SPDX-License-Identifier: Apache-2.0
#include "named_stores.h"

#include "config_keys.h"

#include <skald/foundation/model/text.h>

#include <yaml-cpp/yaml.h>

namespace skald {

namespace {

/// The keys of a named bucket are those of this section.
constexpr std::string_view kSection = "storage_config.aws.";
/// Loki's keys of a bucket that mean nothing here.
constexpr std::string_view kForeign[] = {"dynamodb", "chunk_delimiter", "signature_version"};

Error wrong(std::string text) {
    return {ErrorCode::kInvalidArgument, std::move(text)};
}

bool is_foreign(const std::string& key) {
    for (const std::string_view each : kForeign)
        if (key == each || key.starts_with(std::string(each) + ".")) return true;
    return false;
}

Result<void> read_bucket(const YAML::Node& map, const std::string& prefix, Config& scratch) {
    if (!map.IsMap()) return wrong("must be a map of keys and values");
    for (const auto& item : map) {
        const std::string key = prefix + item.first.as<std::string>("");
        if (is_foreign(key) || item.second.IsNull()) continue;
        if (item.second.IsMap()) {
            SKALD_CHECK(read_bucket(item.second, key + ".", scratch));
            continue;
        }
        const ConfigKey* const found = find_config_key(std::string(kSection) + key);
        if (found == nullptr) return wrong(key + ": no such key");
        if (!item.second.IsScalar()) return wrong(key + ": must be " + found->type);
        const Result<void> set = found->set(scratch, {item.second.Scalar()});
        if (!set) return wrong(key + " " + set.error().message);
    }
    return {};
}

/// Calls `read(name, value)` for each item of a map. Errors: its own with the name in front.
template <class Read>
Result<void> read_items(const std::string& yaml, Read read) {
    try {
        const YAML::Node root = YAML::Load(yaml);
        if (root.IsNull()) return {};
        if (!root.IsMap()) return wrong("must be a map of names");
        for (const auto& item : root) {
            const auto name = item.first.as<std::string>("");
            if (name.empty()) return wrong("a store needs a name");
            const Result<void> done = read(name, item.second);
            if (!done) return wrong(name + ": " + done.error().message);
        }
        return {};
    } catch (const YAML::Exception& exception) {
        return wrong("not YAML: " + exception.msg);
    }
}

}  // namespace

Result<NamedBuckets> parse_named_buckets(const std::string& yaml) {
    NamedBuckets buckets;
    SKALD_CHECK(read_items(yaml, [&](const std::string& name, const YAML::Node& value) {
        Config scratch;
        Result<void> read = read_bucket(value, "", scratch);
        buckets[name] = scratch.storage.aws;
        return read;
    }));
    return buckets;
}

std::string named_buckets_text(const NamedBuckets& buckets) {
    const Config defaults;
    std::string text = "{";
    for (const auto& [name, bucket] : buckets) {
        Config scratch;
        scratch.storage.aws = bucket;
        text += (text.size() > 1 ? ", " : "") + go_quote(name) + ": {";
        std::string separator;
        for (const ConfigKey& key : config_keys()) {
            if (!key.path.starts_with(kSection) || key.text(scratch) == key.text(defaults))
                continue;
            text +=
                separator + go_quote(key.path.substr(kSection.size())) + ": " + key.text(scratch);
            separator = ", ";
        }
        text += "}";
    }
    return text + "}";
}

Result<NamedFolders> parse_named_folders(const std::string& yaml) {
    NamedFolders folders;
    SKALD_CHECK(
        read_items(yaml, [&](const std::string& name, const YAML::Node& value) -> Result<void> {
            if (!value.IsMap()) return wrong("must be {directory: …}");
            for (const auto& item : value) {
                if (item.first.as<std::string>("") != "directory")
                    return wrong(item.first.as<std::string>("") + ": no such key");
            }
            folders[name] = value["directory"] ? value["directory"].as<std::string>("") : "";
            return {};
        }));
    return folders;
}

std::string named_folders_text(const NamedFolders& folders) {
    std::string text = "{";
    for (const auto& [name, folder] : folders)
        text += (text.size() > 1 ? ", " : "") + go_quote(name) +
                ": {directory: " + go_quote(folder) + "}";
    return text + "}";
}

}  // namespace skald
