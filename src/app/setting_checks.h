// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor.h"

#include <skald/foundation/config/config.h>

#include <vector>

namespace skald::app {

// What the configuration names beside folders of data, tried with what the server itself uses to
// read it. What can't be used is a problem: the server would not start, or wait, or not serve it.

/// The file of the configuration: others must not read secrets in it.
void examine_config_file(const ConfigFile& file, std::vector<Finding>& findings);
/// The files of overrides.
void examine_overrides(const Config& config, std::vector<Finding>& findings);
/// Certificates and keys of HTTP and gRPC.
void examine_tls(const Config& config, std::vector<Finding>& findings);
/// Where rules are, and whom the ruler writes to.
void examine_ruler(const Config& config, std::vector<Finding>& findings);
/// The bucket, if segments are in one. Asks it once.
void examine_bucket(const Config& config, std::vector<Finding>& findings);
/// The ports of HTTP, of administration and of gRPC.
void examine_ports(const Config& config, std::vector<Finding>& findings);

}  // namespace skald::app
