// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/ruler/rule_group.h>

#include <span>
#include <string>

namespace skald::read {

/// Checks groups of one file and sets the rules' parsed expressions. Returns what is wrong, in
/// Loki's words with ", " between, up to some tens of KiB of it; empty if nothing is.
std::string problems_of_groups(std::span<RuleGroup> groups);

}  // namespace skald::read
