// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "outline.h"

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/inspect.h>

namespace skald::tools {

/// What a segment holds, or one of its blocks. Errors: kCorruption, kIo, kInvalidArgument (no such
/// block).
Result<void> outline_segment(const storage::RandomAccessFile& file, const InspectOptions& options,
                             Outline& out);

}  // namespace skald::tools
