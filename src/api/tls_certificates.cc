// SPDX-License-Identifier: Apache-2.0
#include <skald/api/tls_certificates.h>
#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/telemetry/log.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/verify_mode.hpp>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

namespace skald::api {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using Context = TlsCertificates::Context;

constexpr auto kLookEvery = std::chrono::seconds(1);
/// All roots of a system are a quarter of a megabyte.
constexpr std::uint64_t kPemBytesMax = 16 * kMiB;

Error bad_setting(const std::string& key, const std::string& why) {
    return {ErrorCode::kInvalidArgument, "server." + key + ": " + why};
}

/// What the setting itself says, or else its file.
Result<std::string> pem_of(const std::string& key, const std::string& text,
                           const std::string& file) {
    if (file.empty()) return text;
    Result<std::string> read = read_regular_file(file, kPemBytesMax);
    if (!read) return bad_setting(key, read.error().message);
    return read;
}

Error bad_content(const std::string& key, const std::string& file,
                  const boost::system::error_code& ec) {
    return bad_setting(key, (file.empty() ? "" : file + ": ") + ec.message());
}

Result<void> use_own_certificate(Context& context, const TlsSettings& settings) {
    if (settings.cert.empty() == settings.cert_file.empty())
        return bad_setting(settings.section, "needs one of cert and cert_file");
    if (settings.key.empty() == settings.key_file.empty())
        return bad_setting(settings.section, "needs one of key and key_file");
    boost::system::error_code ec;
    SKALD_TRY(const std::string cert,
              pem_of(settings.section + ".cert", settings.cert, settings.cert_file));
    context.use_certificate_chain(asio::buffer(cert), ec);
    if (ec) return bad_content(settings.section + ".cert", settings.cert_file, ec);
    SKALD_TRY(std::string key, pem_of(settings.section + ".key", settings.key, settings.key_file));
    context.use_private_key(asio::buffer(key), Context::pem, ec);
    OPENSSL_cleanse(key.data(), key.size());
    if (ec) return bad_content(settings.section + ".key", settings.key_file, ec);
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return bad_setting(settings.section, "the key does not belong to the certificate");
    return {};
}

struct ClientAuth {
    std::string_view name;
    ssl::verify_mode mode;
    bool verifies;
};
constexpr std::array<ClientAuth, 5> kClientAuths = {{
    {"NoClientCert", ssl::verify_none, false},
    {"RequestClientCert", ssl::verify_peer, false},
    {"RequireAnyClientCert", ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, false},
    {"VerifyClientCertIfGiven", ssl::verify_peer, true},
    {"RequireAndVerifyClientCert", ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, true},
}};

Result<void> ask_clients(Context& context, const TlsSettings& settings) {
    const std::string wanted = settings.client_auth();
    const auto* const auth =
        std::find_if(kClientAuths.begin(), kClientAuths.end(),
                     [&](const ClientAuth& each) { return each.name == wanted; });
    if (auth == kClientAuths.end())
        return bad_setting(settings.section + ".client_auth_type",
                           "there is no " + go_quote(wanted));
    if (auth->verifies && !settings.has_client_roots())
        return bad_setting(settings.section + ".client_auth_type",
                           wanted + " needs client_ca_file");
    boost::system::error_code ec;
    if (!settings.client_ca_file.empty()) {
        SKALD_TRY(const std::string roots,
                  pem_of(settings.section + ".client_ca", "", settings.client_ca_file));
        context.add_certificate_authority(asio::buffer(roots), ec);
    }
    if (!ec && !settings.client_ca.empty())
        context.add_certificate_authority(asio::buffer(settings.client_ca), ec);
    if (ec) return bad_content(settings.section + ".client_ca", settings.client_ca_file, ec);
    context.set_verify_mode(auth->mode, ec);
    if (!ec && !auth->verifies && auth->mode != ssl::verify_none)
        context.set_verify_callback([](bool, ssl::verify_context&) { return true; }, ec);
    if (ec) return bad_content(settings.section + ".client_auth_type", "", ec);
    return {};
}

Result<void> choose_versions(Context& context, const TlsSettings& settings) {
    static constexpr std::array<std::pair<std::string_view, int>, 5> kVersions = {{
        {"", TLS1_2_VERSION},
        {"VersionTLS10", TLS1_VERSION},
        {"VersionTLS11", TLS1_1_VERSION},
        {"VersionTLS12", TLS1_2_VERSION},
        {"VersionTLS13", TLS1_3_VERSION},
    }};
    const auto* const version =
        std::find_if(kVersions.begin(), kVersions.end(),
                     [&](const auto& each) { return each.first == settings.min_version; });
    if (version == kVersions.end())
        return bad_setting("tls_min_version", "there is no " + go_quote(settings.min_version));
    SSL_CTX_set_min_proto_version(context.native_handle(), version->second);
    if (settings.cipher_suites.empty()) return {};
    // Suites of TLS 1.3 are all good and can't be chosen, as in Go.
    std::string names;
    for (std::string_view rest = settings.cipher_suites; !rest.empty();) {
        const std::string name(take_part(rest, ','));
        const std::string_view known = OPENSSL_cipher_name(name.c_str());
        if (known == "(NONE)")
            return bad_setting("tls_cipher_suites", "there is no " + go_quote(name));
        names += (names.empty() ? "" : ":") + std::string(known);
    }
    if (SSL_CTX_set_cipher_list(context.native_handle(), names.c_str()) != 1)
        return bad_setting("tls_cipher_suites", "none of these can be used");
    return {};
}

int agree_to_http2(SSL*, const unsigned char** agreed, unsigned char* size,
                   const unsigned char* offered, unsigned offered_size, void*) {
    static constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, kHttp2.data(), kHttp2.size(), offered, offered_size);
    *agreed = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<std::shared_ptr<Context>> make_context(const TlsSettings& settings) {
    auto context = std::make_shared<Context>(Context::tls_server);
    SKALD_CHECK(choose_versions(*context, settings));
    SKALD_CHECK(use_own_certificate(*context, settings));
    SKALD_CHECK(ask_clients(*context, settings));
    if (settings.http2)
        SSL_CTX_set_alpn_select_cb(context->native_handle(), agree_to_http2, nullptr);
    // An idle connection holds no buffers of OpenSSL's.
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    // Sessions of clients with certificates belong to this server.
    static constexpr unsigned char kSessions[] = "skald";
    SSL_CTX_set_session_id_context(context->native_handle(), kSessions, sizeof kSessions - 1);
    return context;
}

}  // namespace

Result<void> check_tls(const TlsSettings& settings) {
    const Result<std::shared_ptr<Context>> context = make_context(settings);
    if (!context) return Error(context.error());
    return {};
}

Result<std::unique_ptr<TlsCertificates>> TlsCertificates::load(TlsSettings settings, Clock& clock,
                                                               MetricsRegistry& metrics) {
    SKALD_TRY(std::shared_ptr<Context> context, make_context(settings));
    return std::make_unique<TlsCertificates>(std::move(settings), clock, metrics,
                                             std::move(context));
}

TlsCertificates::TlsCertificates(TlsSettings settings, Clock& clock, MetricsRegistry& metrics,
                                 std::shared_ptr<Context> context)
    : settings_(std::move(settings)),
      clock_(clock),
      reloads_(
          metrics.counter("skald_tls_reloads_total", "Certificates read anew after a change.")),
      failures_(metrics.counter("skald_tls_reload_failures_total",
                                "Changes of certificates that could not be used.")) {
    auto state = state_.lock();
    state->context = std::move(context);
    state->times = file_times();
    state->looked_at = clock_.now();
}

std::shared_ptr<Context> TlsCertificates::current() {
    auto state = state_.lock();
    const Clock::TimePoint now = clock_.now();
    if (now - state->looked_at >= kLookEvery) {
        state->looked_at = now;
        reload(*state);
    }
    return state->context;
}

TlsCertificates::FileTimes TlsCertificates::file_times() const {
    FileTimes times;
    for (const std::string* file :
         {&settings_.cert_file, &settings_.key_file, &settings_.client_ca_file}) {
        std::error_code missing;
        times.push_back(file->empty() ? FileTimes::value_type()
                                      : std::filesystem::last_write_time(*file, missing));
    }
    return times;
}

void TlsCertificates::reload(State& state) {
    FileTimes times = file_times();
    if (times == state.times) return;
    state.times = std::move(times);
    Result<std::shared_ptr<Context>> context = make_context(settings_);
    if (!context) {
        // The other file of a pair may be written a moment later: that changes the times again.
        failures_.add();
        log_error("changed certificates can't be used, the former ones stay",
                  {{"section", settings_.section},
                   {"err", context.error().message},
                   {"do", "put the files right; they are read again by themselves"}});
        return;
    }
    state.context = *std::move(context);
    reloads_.add();
    log_info("certificates have changed");
}

}  // namespace skald::api
