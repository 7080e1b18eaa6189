// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <string>

namespace skald::api {

/// How a server proves who it is and whom it lets in: `server.http_tls_config` (or
/// `grpc_tls_config`) and the two `server.tls_*` keys. Texts hold PEM; of a text and a file of the
/// same thing one may be set.
struct TlsSettings {
    std::string section = "http_tls_config";  ///< Names the settings in errors.
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
    bool http2 = false;         ///< The only protocol that ALPN may agree to; else it is not used.

    bool has_client_roots() const { return !client_ca.empty() || !client_ca_file.empty(); }
    /// `client_auth_type`, or what stands for an empty one.
    std::string client_auth() const {
        if (!client_auth_type.empty()) return client_auth_type;
        return has_client_roots() ? "RequireAndVerifyClientCert" : "NoClientCert";
    }
    bool enabled() const {
        return !cert.empty() || !cert_file.empty() || !key.empty() || !key_file.empty();
    }
};

/// Reads the certificates and keys once. Errors: kInvalidArgument, the setting that can't be used
/// and why. Blocking.
Result<void> check_tls(const TlsSettings& settings);

}  // namespace skald::api
