// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/relabel.h>
#include <skald/foundation/model/time.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace skald {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// An endpoint of Prometheus' remote write protocol, or what a tenant changes of one: then what is
/// empty or 0 stays.
struct RemoteWriteClient {
    std::string id;    ///< Its key in `ruler.remote_write.clients`; of the only one "default".
    std::string name;  ///< In metrics.
    std::string url;
    DurationNs timeout = 0;
    std::string user;
    std::string password;
    std::string credentials;  ///< A bearer token.
    HttpHeaders headers;
    /// On each series before it is sent; none is not the same as no rules for a change.
    std::optional<RelabelRules> relabel;

    bool operator==(const RemoteWriteClient&) const = default;
};

}  // namespace skald
