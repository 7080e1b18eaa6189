// SPDX-License-Identifier: Apache-2.0
#include "org_ids.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace skald::api {

Result<std::vector<TenantId>> parse_org_ids(std::string_view header) {
    constexpr std::size_t kTenantsMax = 1000;
    std::vector<TenantId> tenants;
    for (;;) {
        const std::size_t end = std::min(header.find('|'), header.size());
        SKALD_TRY(TenantId tenant, TenantId::parse(header.substr(0, end)));
        tenants.push_back(std::move(tenant));
        if (end == header.size()) break;
        if (tenants.size() == kTenantsMax)
            return Error{ErrorCode::kInvalidArgument, "too many org IDs present"};
        header.remove_prefix(end + 1);
    }
    std::sort(tenants.begin(), tenants.end());
    tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
    return tenants;
}

Result<std::vector<TenantId>> allowed_tenants(std::string_view header, OrgIdRules rules,
                                              const Principal* principal) {
    if (header.empty() && principal != nullptr && principal->only_tenant() != nullptr)
        header = *principal->only_tenant();
    SKALD_TRY(std::vector<TenantId> tenants, parse_org_ids(rules.auth_enabled ? header : "fake"));
    if (tenants.size() > 1 && !rules.several)
        return Error{ErrorCode::kInvalidArgument, "multiple org IDs present"};
    for (const TenantId& tenant : tenants) {
        if (principal == nullptr) break;
        if (const auto why = principal->refuse(tenant)) return Error{ErrorCode::kForbidden, *why};
    }
    return tenants;
}

}  // namespace skald::api
