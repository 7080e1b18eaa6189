// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>

#include <map>
#include <string>

namespace skald {

using NamedBuckets = std::map<std::string, Config::S3>;
using NamedFolders = std::map<std::string, std::string>;

// `storage_config.named_stores`: YAML in one line as values and back; secrets come back masked.
// Errors: kInvalidArgument, naming the key.

Result<NamedBuckets> parse_named_buckets(const std::string& yaml);
std::string named_buckets_text(const NamedBuckets& buckets);
Result<NamedFolders> parse_named_folders(const std::string& yaml);
std::string named_folders_text(const NamedFolders& folders);

}  // namespace skald
