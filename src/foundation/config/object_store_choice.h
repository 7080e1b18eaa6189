// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/config/config.h>

namespace skald {

/// Decides where segments are and fills `storage.is_remote`, and `storage.aws` or the folder: the
/// object store of the last period of schema_config; without periods the bucket, if one is set.
/// Problems are added, and a note if earlier periods name another store.
void choose_object_store(LoadedConfig& loaded);

}  // namespace skald
