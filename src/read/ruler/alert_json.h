// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/ruler/alert.h>

#include <string>
#include <string_view>

namespace skald::read {

/// The alert as Alertmanager's API v2 takes it
/// (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
std::string alertmanager_json(const Alert& alert, std::string_view generator_url);

/// Where the alert's query is seen: Explore of the Grafana at `external_url`.
std::string explore_url(std::string_view external_url, std::string_view datasource_uid,
                        std::string_view query);

}  // namespace skald::read
