// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace skald::app {

/// From now on a failed assertion of a library leaves an error in the log, with what to do, before
/// it ends the process: Debian's RocksDB has some that fail when the disk does.
void log_library_assertions() noexcept;

}  // namespace skald::app
