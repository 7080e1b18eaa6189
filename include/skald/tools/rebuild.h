// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/data_folders.h>

#include <cstdint>
#include <string>

namespace skald::tools {

/// What `skald catalog rebuild` has done.
struct Rebuilt {
    std::uint64_t segments = 0;  ///< That queries see.
    std::uint64_t objects = 0;   ///< Among the segments, damaged and replaced ones too.
    std::uint64_t damaged = 0;
    std::string kept_as;  ///< Where the former catalog is; empty if there was none.
};

/// Makes the catalog from the footers, as a start without one does. The former one is renamed; if
/// anything fails it is put back. Requires: no server on the folder. Errors: kIo, kUnavailable.
Result<Rebuilt> rebuild_catalog(storage::FileSystem& files, const DataFolders& folders);

}  // namespace skald::tools
