// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/limits.h>

#include <string>
#include <string_view>

namespace skald::api {

/// What Grafana's Logs Drilldown asks before it shows anything: a tenant's limits and what the
/// server can do. Features that this server has no endpoint for are told as off, whatever is
/// configured.
std::string drilldown_limits_json(const Limits& limits, std::string_view version);

}  // namespace skald::api
