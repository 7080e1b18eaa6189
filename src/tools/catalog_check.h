// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/catalog/catalog.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/check.h>

#include <string>
#include <vector>

namespace skald::tools {

/// Compares the catalog with the footers. It works on a copy, because opening RocksDB writes.
void check_catalog(storage::FileSystem& files, const std::string& folder,
                   const std::vector<storage::SegmentTables>& segments, CheckReport& report);

}  // namespace skald::tools
