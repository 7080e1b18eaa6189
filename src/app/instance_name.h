// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>

#include <string>

namespace skald::app {

/// The name that a data folder's segments carry, from `folder/instance`; made of the host's name
/// and chance when there is none. It is kept beside the log, because the name of a host may change
/// (containers) while the generations in the log do not. The file holds two lines that check
/// themselves, so that one damaged line is told and mended (docs/formats/instance.md).
/// Errors: kCorruption if no line is whole; those of the file system. Threading: one caller a
/// folder.
Result<std::string> instance_name(storage::FileSystem& files, const std::string& folder);

}  // namespace skald::app
