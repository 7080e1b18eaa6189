// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
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

/// An endpoint of Prometheus' remote write protocol.
struct RemoteWriteClient {
    std::string name;
    std::string url;
    DurationNs timeout = 30 * kNanosPerSecond;
    std::string user;
    std::string password;
    std::string credentials;  ///< A bearer token.
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Where recorded series go: `ruler.remote_write`.
struct RemoteWrite {
    bool enabled = false;
    bool org_id_header = true;
    std::size_t queue_bytes_max = 16 << 20;  ///< Of a client; the oldest give way.
    std::vector<RemoteWriteClient> clients;
};

/// Reads `ruler.remote_write.clients`, a map of names to settings, or with `name` the settings of
/// one, `ruler.remote_write.client`. Errors: kInvalidArgument. Threading: pure.
Result<std::vector<RemoteWriteClient>> parse_remote_write(std::string_view yaml,
                                                          std::string_view name);

}  // namespace skald::read
