// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "outline.h"

#include <skald/foundation/base/result.h>

#include <string_view>

namespace skald::tools {

// What files that are read as a whole hold. Each accepts any bytes that begin with its magic.
// Errors: kCorruption. Threading: pure.

inline constexpr std::string_view kPatternsMagic = "SKPT";
inline constexpr std::string_view kAlertsMagic = "skald alerts 1\n";
inline constexpr std::string_view kRulesMagic = "# skald rules, xxh3 ";
inline constexpr std::string_view kExtentMagic = "SKRGRC01";

Result<void> outline_delete(std::string_view bytes, Outline& out);
Result<void> outline_patterns(std::string_view bytes, Outline& out);
Result<void> outline_alerts(std::string_view bytes, Outline& out);
Result<void> outline_rules(std::string_view bytes, Outline& out);
Result<void> outline_extent(std::string_view bytes, Outline& out);
/// Has no magic: the file is found by its name.
Result<void> outline_instance(std::string_view bytes, Outline& out);

}  // namespace skald::tools
