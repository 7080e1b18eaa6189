// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace skald::read {

enum class AlertState : std::uint8_t { kInactive, kPending, kFiring };

/// "inactive", "pending", "firing".
std::string_view to_string(AlertState state) noexcept;

/// One label set of an alerting rule's result. Times of 0 are not set.
struct Alert {
    Labels labels;
    std::map<std::string, std::string> annotations;
    AlertState state = AlertState::kPending;
    double value = 0;
    TimeNs active_at = 0;
    TimeNs fired_at = 0;
    TimeNs resolved_at = 0;  ///< Set: kInactive; kept for a while, so that others hear of it.
    TimeNs last_sent_at = 0;
    TimeNs valid_until = 0;        ///< Who hears nothing more by then takes it for resolved.
    TimeNs keep_firing_since = 0;  ///< It would be resolved but for `keep_firing_for`.
};

}  // namespace skald::read
