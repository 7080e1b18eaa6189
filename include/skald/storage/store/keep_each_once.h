// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/number_table.h>
#include <skald/foundation/model/labels.h>

#include <vector>

namespace skald::storage {

/// Leaves the first of each stream, in the order that they have: no sort. Threading: pure.
inline void keep_each_once(std::vector<StreamPtr>& streams) {
    NumberTable seen(streams.size());
    std::erase_if(streams,
                  [&](const StreamPtr& stream) { return !seen.insert(stream->id).second; });
}

}  // namespace skald::storage
