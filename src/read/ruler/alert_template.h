// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>

#include <string>
#include <string_view>

namespace skald::read {

/// What the templates of an alert's labels and annotations see.
struct AlertData {
    const Labels& labels;  ///< `$labels`
    double value = 0;      ///< `$value`
    std::string_view external_url = {};
    TimeNs time = 0;
};

/// Errors: kInvalidArgument in Go's words. Threading: pure.
Result<void> check_alert_template(std::string_view alert, std::string_view text);
/// The text with its templates filled in; `<error expanding template: …>` if that fails.
/// Work is bounded. Threading: pure.
std::string expand_alert_template(std::string_view alert, std::string_view text,
                                  const AlertData& data);

}  // namespace skald::read
