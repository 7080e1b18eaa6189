// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include <skald/foundation/base/assert.h>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace skald::grpc {

namespace {

namespace tls = ::grpc::experimental;
using Provider = tls::CertificateProviderInterface;

constexpr unsigned kLookEverySeconds = 1;

constexpr std::array<std::pair<std::string_view, grpc_ssl_client_certificate_request_type>, 5>
    kClientAuths = {{
        {"NoClientCert", GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE},
        {"RequestClientCert", GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY},
        {"RequireAnyClientCert", GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY},
        {"VerifyClientCertIfGiven", GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY},
        {"RequireAndVerifyClientCert", GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY},
    }};

/// The text itself, or that of the file; check_tls has read the file before.
std::string text_of(const std::string& text, const std::string& file) {
    if (!text.empty() || file.empty()) return text;
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Shared, as gRPC wants it.
std::shared_ptr<Provider> make_provider(const api::TlsSettings& settings) {
    if (settings.cert.empty() && settings.key.empty() && settings.client_ca.empty())
        return std::make_shared<tls::FileWatcherCertificateProvider>(
            settings.key_file, settings.cert_file, settings.client_ca_file, kLookEverySeconds);
    return std::make_shared<tls::StaticDataCertificateProvider>(
        text_of(settings.client_ca, settings.client_ca_file),
        std::vector<tls::IdentityKeyCertPair>{{text_of(settings.key, settings.key_file),
                                               text_of(settings.cert, settings.cert_file)}});
}

}  // namespace

Result<std::shared_ptr<::grpc::ServerCredentials>> make_credentials(
    const api::TlsSettings& settings) {
    if (!settings.enabled()) return ::grpc::InsecureServerCredentials();
    SKALD_CHECK(api::check_tls(settings));
    tls::TlsServerCredentialsOptions options(make_provider(settings));
    options.watch_identity_key_cert_pairs();
    if (settings.has_client_roots()) options.watch_root_certs();
    for (const auto& [name, type] : kClientAuths)
        if (name == settings.client_auth()) options.set_cert_request_type(type);
    return tls::TlsServerCredentials(options);
}

}  // namespace skald::grpc
