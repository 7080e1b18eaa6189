// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace skald::api {

/// How a server proves who it is and whom it lets in: `server.http_tls_config` and the two
/// `server.tls_*` keys. Texts hold PEM; of a text and a file of the same thing one may be set.
struct TlsSettings {
    std::string cert;
    std::string cert_file;  ///< The server's certificate and those that lead to its root.
    std::string key;
    std::string key_file;
    std::string client_ca;
    std::string client_ca_file;  ///< Roots of clients' certificates.
    /// As Go names them: NoClientCert, RequestClientCert, RequireAnyClientCert,
    /// VerifyClientCertIfGiven, RequireAndVerifyClientCert. Empty: the last if there are roots,
    /// else the first.
    std::string client_auth_type;
    std::string min_version;    ///< VersionTLS10 … VersionTLS13; empty: VersionTLS12.
    std::string cipher_suites;  ///< Names of the TLS registry with commas; empty: OpenSSL's choice.

    bool enabled() const {
        return !cert.empty() || !cert_file.empty() || !key.empty() || !key_file.empty();
    }
};

}  // namespace skald::api
