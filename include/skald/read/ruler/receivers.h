// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/remote_write.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <string>
#include <vector>

namespace skald::read {

/// Where alerts go: `ruler.alertmanager_url` and what belongs to it.
struct AlertReceivers {
    std::vector<std::string> urls;  ///< Each gets all alerts; user and password may be in them.
    std::string user;               ///< `ruler.alertmanager_client`
    std::string password;
    std::string credentials_type = "Bearer";
    std::string credentials;
    std::string credentials_file;
    std::size_t queue_capacity = 10'000;  ///< Alerts; the oldest give way.
    DurationNs timeout = 10 * kNanosPerSecond;
};

/// Where recorded series go: `ruler.remote_write`.
struct RemoteWrite {
    bool enabled = false;
    bool org_id_header = true;
    std::size_t queue_bytes_max = 16 << 20;  ///< Of a client; the oldest give way.
    std::vector<RemoteWriteClient> clients;
};

}  // namespace skald::read
