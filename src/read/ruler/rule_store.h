// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/read/ruler/rule_group.h>
#include <skald/storage/file/file_system.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// Namespaces of a tenant, with their groups in the order of the file.
using RuleNamespaces = std::map<std::string, std::vector<RuleGroup>>;

/// Rules in files, `DIRECTORY/TENANT/NAMESPACE`, as Loki's local store has them; a namespace's name
/// is percent-encoded where a file's can't be like it. Files that the API wrote begin with a
/// checksum; those that people wrote need none.
/// Threading: caller locks. Blocking.
class RuleStore {
public:
    RuleStore(storage::FileSystem& files, std::string directory, bool read_only)
        : files_(files), directory_(std::move(directory)), read_only_(read_only) {}

    /// The rules of all tenants. Files that can't be used are left out and named in `problems`.
    Result<std::map<std::string, RuleNamespaces>> load(std::vector<std::string>& problems) const;
    /// Those of one tenant. Errors: kInvalidArgument, `unable to read rule dir …` (read-only
    /// stores, as Loki says it), kCorruption, kIo, what is wrong with a file.
    Result<RuleNamespaces> load_tenant(const TenantId& tenant) const;
    /// Durable when it returns. No groups: removes the namespace. Errors: kInvalidArgument,
    /// `… unsupported in rule local store`; those of the file system.
    Result<void> put(const TenantId& tenant, const std::string& name,
                     const std::vector<RuleGroup>& groups, std::string_view operation);

private:
    Result<std::vector<RuleGroup>> load_file(const std::string& path) const;

    storage::FileSystem& files_;
    const std::string directory_;
    const bool read_only_;
};

/// Errors: kInvalidArgument, names that would lead out of a folder or are too long for a file's.
Result<void> check_rule_namespace(std::string_view name);

}  // namespace skald::read
