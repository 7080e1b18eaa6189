// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/routes.h>

#include <string>

namespace skald::app {

/// Version and origin of this binary. The version that clients see is Loki's whose behaviour it
/// has: Grafana decides by it which features to use.
api::BuildInfo build_info();
/// What `-version` prints.
std::string version_text();

}  // namespace skald::app
