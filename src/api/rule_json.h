// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/ruler/ruler.h>

#include <string>
#include <vector>

namespace skald::api {

/// `{"status":"success","data":DATA,"errorType":"","error":""}`, as Prometheus' clients read it.
std::string ruler_success_json(const std::string& data);
/// The data of `/prometheus/api/v1/rules` (http-api 14).
std::string rule_groups_json(const std::vector<read::RuleGroupStatus>& groups);
/// The data of `/prometheus/api/v1/alerts`.
std::string alerts_json(const std::vector<read::RuleGroupStatus>& groups);

}  // namespace skald::api
