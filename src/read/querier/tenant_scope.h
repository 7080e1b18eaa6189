// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/storage/store/run_source.h>

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::read {

inline constexpr std::string_view kTenantLabel = "__tenant_id__";

/// One selection a tenant of a query over several: matchers on `__tenant_id__` choose tenants,
/// those on `original___tenant_id__` mean the stored label of that name. Without `more` it is the
/// selection as it is. Errors: those of matchers.
Result<std::vector<storage::Selection>> split_by_tenant(const storage::Selection& selection,
                                                        const std::vector<TenantId>& more);

/// Streams of one tenant as a query over several shows them: with the label `__tenant_id__`; one
/// that was there becomes `original___tenant_id__`.
/// Threading: single-owner.
class TenantStreamNames {
public:
    explicit TenantStreamNames(const TenantId& tenant) : tenant_(tenant.text()) {}

    StreamPtr of(const StreamPtr& stream);

private:
    const std::string tenant_;
    std::unordered_map<StreamId, StreamPtr> known_;
};

}  // namespace skald::read
