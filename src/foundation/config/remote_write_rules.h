// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/remote_write.h>

#include <string>
#include <vector>

namespace skald {

// `ruler.remote_write` and what tenants change of it, from YAML. Errors: kInvalidArgument. What was
// read holds secrets and is not shown again.

/// The settings of one client, "default"; none from an empty map.
Result<std::vector<RemoteWriteClient>> parse_remote_write_client(const std::string& yaml);
/// `{id: {url, remote_timeout, headers, …}}`
Result<std::vector<RemoteWriteClient>> parse_remote_write_clients(const std::string& yaml);
/// The same, where each may leave out what stays: `ruler_remote_write_config`.
Result<std::vector<RemoteWriteClient>> parse_remote_write_changes(const std::string& yaml);
/// `{name: value}`
Result<HttpHeaders> parse_http_headers(const std::string& yaml);

}  // namespace skald
