// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/objstore/object_store.h>

#include <string>

namespace skald::tools {

/// Where a server keeps what it stores.
struct DataFolders {
    std::string chunks;         ///< `segments/` and `deletes/` are below it.
    std::string wal;            ///< Files of the write-ahead log.
    std::string catalog;        ///< RocksDB; may be gone.
    std::string patterns = {};  ///< Of the saved patterns; empty: they are not looked at.
    /// If segments and delete requests are in a bucket, and not below `chunks`: its objects.
    storage::ObjectStore* bucket = nullptr;
};

}  // namespace skald::tools
