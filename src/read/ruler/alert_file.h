// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/ruler/alert.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The alerts of one rule.
struct KeptAlerts {
    std::string tenant;
    std::string name;  ///< The namespace.
    std::string group;
    std::string rule;  ///< rule_identity
    std::vector<Alert> alerts;
};

/// All alerts as they were at a time.
struct AlertFile {
    TimeNs written_at = 0;
    std::vector<KeptAlerts> rules;
};

/// The bytes of the file: a line of magic, what is in it, and a checksum of both (little-endian,
/// XXH3-64).
std::string encode_alerts(const AlertFile& file);
/// Errors: kCorruption.
Result<AlertFile> decode_alerts(std::string_view bytes);

}  // namespace skald::read
