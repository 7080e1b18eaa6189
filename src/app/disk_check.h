// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor.h"

#include <string>
#include <vector>

namespace skald::app {

/// Whether a folder of data, or the one where it is to be made, can be written, how much space
/// there is, what kind of file system it is, and how long a sync takes.
void examine_folder(const std::string& folder, std::vector<Finding>& findings);
/// Files with times in the future: the clock has gone back since.
void examine_file_times(const std::string& folder, std::vector<Finding>& findings);

}  // namespace skald::app
