// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/remote_write.h>

#include <cstddef>
#include <vector>

namespace skald::read {

/// Where recorded series go: `ruler.remote_write`.
struct RemoteWrite {
    bool enabled = false;
    bool org_id_header = true;
    std::size_t queue_bytes_max = 16 << 20;  ///< Of a client; the oldest give way.
    std::vector<RemoteWriteClient> clients;
};

}  // namespace skald::read
