// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/relabel.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald {

/// How a client speaks TLS; files are PEM and read for each connection, as certificates change.
struct ClientTls {
    std::string cert_file;  ///< Of the client itself, with `key_file`; empty: none.
    std::string key_file;
    std::string ca_file;      ///< Who may have signed the server's; empty: those of the system.
    std::string server_name;  ///< In the server's certificate; empty: the address's host.
    bool insecure_skip_verify = false;

    bool operator==(const ClientTls&) const = default;
};

/// Alertmanagers and how they are spoken to: those of `ruler`, or a tenant's own.
struct AlertmanagerSettings {
    std::vector<std::string> urls;  ///< Each gets all alerts; user and password may be in them.
    std::string user;               ///< `alertmanager_client`
    std::string password;
    std::string credentials_type = "Bearer";
    std::string credentials;
    std::string credentials_file;
    ClientTls tls;
    std::uint64_t queue_capacity = 10'000;  ///< Alerts; the oldest give way.
    DurationNs timeout = 10 * kNanosPerSecond;
    RelabelRules relabel;

    bool operator==(const AlertmanagerSettings&) const = default;
};

/// The addresses of `alertmanager_url`, which has them with commas.
std::vector<std::string> split_alertmanager_urls(std::string_view text);

}  // namespace skald
