// SPDX-License-Identifier: Apache-2.0
#include "rule_store.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_encoding.h>
#include <skald/storage/file/replace_file.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace skald::read {

namespace {

constexpr std::string_view kSealed = "# skald rules, xxh3 ";
/// With the checksum and the line feed.
constexpr std::size_t kSealBytes = kSealed.size() + 16 + 1;
constexpr std::size_t kNameBytesMax = 240;
constexpr std::string_view kTemporary = ".new";  // Of replace_file.

bool is_plain(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_~!$&'()*+,;=:@ ").find(c) != std::string_view::npos;
}

std::string encode_name(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool dot = c == '.' && i > 0 && !name.substr(i).starts_with(kTemporary);
        if (is_plain(c) || dot)
            out += c;
        else
            append_percent(out, c);
    }
    return out;
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string decode_name(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool escape = name[i] == '%' && i + 2 < name.size() && digit_of(name[i + 1]) >= 0 &&
                            digit_of(name[i + 2]) >= 0;
        if (!escape) {
            out += name[i];
            continue;
        }
        out += static_cast<char>(digit_of(name[i + 1]) * 16 + digit_of(name[i + 2]));
        i += 2;
    }
    return out;
}

bool is_rule_file(const storage::FileSystem::Entry& entry) {
    // Kubernetes keeps what it mounts in folders and links that begin with dots.
    return !entry.is_directory && !entry.name.starts_with('.') && !entry.name.ends_with(kTemporary);
}

std::string seal_of(std::string_view content) {
    return std::string(kSealed) + to_hex(hash64(content)) + "\n";
}

}  // namespace

Result<void> check_rule_namespace(std::string_view name) {
    const bool leads_out = name == "." || name == ".." || name.starts_with("../") ||
                           name.ends_with("/..") || name.find("/../") != std::string_view::npos;
    if (leads_out)
        return Error{ErrorCode::kInvalidArgument, "invalid namespace: path traversal not allowed"};
    if (name.empty() || encode_name(name).size() > kNameBytesMax)
        return Error{ErrorCode::kInvalidArgument,
                     "invalid namespace: its name is too long or empty"};
    return {};
}

Result<std::vector<RuleGroup>> RuleStore::load_file(const std::string& path) const {
    SKALD_TRY(const Buffer bytes, files_.read_all(path));
    std::string_view content = bytes.view();
    const std::string_view rest = content.substr(std::min(kSealBytes, content.size()));
    const std::string seal = seal_of(rest);
    // By its text or by its checksum: a bit may have flipped in one of them.
    const bool is_sealed =
        content.starts_with(kSealed) ||
        content.substr(0, kSealBytes).ends_with(std::string_view(seal).substr(kSealed.size()));
    if (is_sealed) {
        if (!content.starts_with(seal))
            return Error{ErrorCode::kCorruption,
                         path +
                             ": is damaged or was changed by hand; remove its first line to use "
                             "it as it is"};
        content = rest;
    }
    Result<std::vector<RuleGroup>> groups = parse_rule_file(content);
    if (!groups) return Error{groups.error().code, path + ": " + groups.error().message};
    return groups;
}

Result<RuleNamespaces> RuleStore::load_tenant(const TenantId& tenant) const {
    RuleNamespaces namespaces;
    const std::string folder = storage::join_path(directory_, tenant.text());
    const auto entries = files_.list(folder);
    if (!entries) {
        if (entries.error().code != ErrorCode::kNotFound) return Error(entries.error());
        if (!read_only_) return namespaces;
        return Error{ErrorCode::kInvalidArgument, "unable to read rule dir " + folder + ": open " +
                                                      folder + ": no such file or directory"};
    }
    for (const auto& entry : *entries) {
        if (!is_rule_file(entry)) continue;
        SKALD_TRY(std::vector<RuleGroup> groups, load_file(storage::join_path(folder, entry.name)));
        if (!groups.empty()) namespaces[decode_name(entry.name)] = std::move(groups);
    }
    return namespaces;
}

Result<std::map<std::string, RuleNamespaces>> RuleStore::load(
    std::vector<std::string>& problems) const {
    std::map<std::string, RuleNamespaces> tenants;
    const auto folders = files_.list(directory_);
    if (!folders) {
        if (folders.error().code == ErrorCode::kNotFound) return tenants;
        return Error(folders.error());
    }
    for (const auto& folder : *folders) {
        if (!folder.is_directory || !TenantId::parse(folder.name)) continue;
        const std::string path = storage::join_path(directory_, folder.name);
        SKALD_TRY(const auto entries, files_.list(path));
        for (const auto& entry : entries) {
            if (!is_rule_file(entry)) continue;
            Result<std::vector<RuleGroup>> groups = load_file(storage::join_path(path, entry.name));
            if (!groups)
                problems.push_back(groups.error().message);
            else if (!groups->empty())
                tenants[folder.name][decode_name(entry.name)] = *std::move(groups);
        }
    }
    return tenants;
}

Result<void> RuleStore::put(const TenantId& tenant, const std::string& name,
                            const std::vector<RuleGroup>& groups, std::string_view operation) {
    if (read_only_)
        return Error{ErrorCode::kInvalidArgument,
                     std::string(operation) + " unsupported in rule local store"};
    const std::string folder = storage::join_path(directory_, tenant.text());
    const std::string file = encode_name(name);
    if (groups.empty()) {
        SKALD_CHECK(files_.remove(storage::join_path(folder, file)));
        return files_.sync_directory(folder);
    }
    const std::string content = rule_file_yaml(groups);
    // A file that can't be read again would make all rules of the tenant unreadable.
    if (content.size() > kRuleFileBytesMax)
        return Error{ErrorCode::kTooLarge,
                     "too many rules in one namespace: " + std::to_string(content.size()) +
                         " bytes, at most " + std::to_string(kRuleFileBytesMax) + " are kept"};
    SKALD_CHECK(storage::make_durable_directories(files_, folder));
    return storage::replace_file(files_, folder, file, seal_of(content) + content);
}

}  // namespace skald::read
