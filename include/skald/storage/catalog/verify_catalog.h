// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace skald::storage {

/// What is wrong with a file of a catalog.
struct CatalogFinding {
    std::string file;  ///< Empty: the database as a whole.
    std::string reason;
    /// Crashes leave this, and the next start repairs it: a log whose end was not written whole
    /// (damage to its last record looks the same), a table that is in no manifest.
    bool is_left_over = false;
};

/// Looks at every checksum of RocksDB's files: those of its tables, block by block and file by
/// file, of its manifest and of its log. Its texts (LOG, OPTIONS, IDENTITY) have none and are not
/// read.
/// Requires: nobody has the catalog open. RocksDB adds a LOG to the folder: hand in a copy.
/// Threading: pure; blocks.
std::vector<CatalogFinding> verify_catalog(const std::string& directory);

}  // namespace skald::storage
