// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>

#include <string>

namespace skald::api {

/// What the server can do, as Logs Drilldown asks.
struct DrilldownFeatures {
    bool patterns = false;
    std::string version;  ///< With or without a leading "v".
};

/// The published part of a tenant's limits as `/loki/api/v1/drilldown-limits` sends it.
std::string drilldown_limits_json(const Limits& limits, const DrilldownFeatures& features);
/// The same limits as `/config/tenant/v1/limits` sends them.
std::string tenant_limits_yaml(const Limits& limits);

}  // namespace skald::api
