// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/access.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>

#include <string_view>
#include <vector>

namespace skald::api {

/// The tenants that `X-Scope-OrgID` names ("a|b"), sorted, each once; at least one. Errors:
/// kUnauthenticated `no org id`; kInvalidArgument, those of TenantId and for more than a thousand.
Result<std::vector<TenantId>> parse_org_ids(std::string_view header);

/// Whom a request with this header (or metadata) works for, however it came in.
struct OrgIdRules {
    bool auth_enabled = true;  ///< False: the tenant is always "fake".
    bool several = false;      ///< More than one may be named.
};
/// Adds what `principal`, who may be null, stands for when the header is empty, and may. Errors:
/// those of parse_org_ids; kInvalidArgument if one too many is named; kForbidden.
Result<std::vector<TenantId>> allowed_tenants(std::string_view header, OrgIdRules rules,
                                              const Principal* principal);

}  // namespace skald::api
