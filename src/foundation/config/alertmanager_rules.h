// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/alertmanager.h>

#include <optional>
#include <string>
#include <vector>

namespace skald {

/// `{alertmanager_url: …, alertmanager_client: {…}, …}`: `ruler_alertmanager_config`; nothing from
/// an empty map. Nothing is taken over from `ruler`: its secrets are not for a tenant's receivers.
/// Errors: kInvalidArgument, the setting and what is wrong with it.
Result<std::optional<AlertmanagerSettings>> parse_alertmanager_config(const std::string& yaml);
/// The settings of it that Loki has and that mean nothing here. Requires: parse_alertmanager_config
/// took the text.
std::vector<std::string> unused_alertmanager_settings(const std::string& yaml);
/// As YAML in one line, secrets hidden; "{}" for nothing.
std::string alertmanager_config_text(const std::optional<AlertmanagerSettings>& settings);

}  // namespace skald
