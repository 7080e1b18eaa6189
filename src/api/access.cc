// SPDX-License-Identifier: Apache-2.0
#include "access_file.h"
#include "http_message.h"

#include <skald/api/access.h>
#include <skald/foundation/telemetry/log.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace skald::api {

namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr std::size_t kCredentialsMax = 8192;  // In base64, of the longest name and token.

using Digest = std::array<unsigned char, AccessRule::kDigestBytes>;

Digest digest_of(std::string_view token) {
    Digest digest{};
    unsigned int size = 0;
    EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return digest;
}

/// What follows the scheme, if it is that scheme.
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
    if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return std::nullopt;
    return trim_blanks(header.substr(scheme.size()));
}

/// The text of canonical base64.
std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > kCredentialsMax) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

struct Credentials {
    std::optional<std::string> name;  ///< Only basic authentication has one.
    std::string token;
};

std::optional<Credentials> parse_credentials(std::string_view header) {
    if (const auto token = after_scheme(header, "Bearer"))
        return Credentials{std::nullopt, std::string(*token)};
    const auto encoded = after_scheme(header, "Basic");
    if (!encoded) return std::nullopt;
    const std::optional<std::string> pair = decode_base64(*encoded);
    if (!pair) return std::nullopt;
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

}  // namespace

struct Access::State {
    std::shared_ptr<const Principals> principals;
    FileStamp stamp;
    Clock::TimePoint looked_at;
};

std::optional<std::string> Principal::refuse(Right right) const {
    if (right == Right::kNone) return std::nullopt;
    const auto has = [this](Right wanted) {
        return std::find(rule_.rights.begin(), rule_.rights.end(), wanted) != rule_.rights.end();
    };
    if (has(right) || (right == Right::kMetrics && has(Right::kAdmin))) return std::nullopt;
    std::string held;
    for (const Right each : rule_.rights)
        held += (held.empty() ? "" : ", ") + std::string(to_string(each));
    return "the token of " + rule_.name + " lacks the right " + std::string(to_string(right)) +
           " (it has: " + held + ")";
}

std::optional<std::string> Principal::refuse(const TenantId& tenant) const {
    if (rule_.all_tenants ||
        std::binary_search(rule_.tenants.begin(), rule_.tenants.end(), tenant.text()))
        return std::nullopt;
    return "the token of " + rule_.name + " has no access to the tenant " + tenant.text();
}

const std::string* Principal::only_tenant() const noexcept {
    return rule_.all_tenants || rule_.tenants.size() != 1 ? nullptr : &rule_.tenants.front();
}

Access::Access(std::string file, Clock& clock, MetricsRegistry& metrics)
    : file_(std::move(file)),
      clock_(clock),
      state_(std::make_unique<Guarded<State>>()),
      missing_(metrics.counter("skald_auth_refused_total",
                               "Requests without credentials that prove somebody.",
                               {{"reason", "missing"}})),
      wrong_(metrics.counter("skald_auth_refused_total",
                             "Requests without credentials that prove somebody.",
                             {{"reason", "wrong"}})),
      reloaded_(metrics.gauge("skald_auth_last_reload_successful",
                              "Whether the file of tokens was right when last read.")) {}

Access::~Access() = default;

Result<std::unique_ptr<Access>> Access::load(std::string file, Clock& clock,
                                             MetricsRegistry& metrics) {
    auto access = std::make_unique<Access>(std::move(file), clock, metrics);
    const FileStamp stamp = stamp_of(access->file_);
    SKALD_TRY(auto principals, read(access->file_));
    *access->state_->lock() = State{std::move(principals), stamp, clock.now()};
    access->reloaded_.set(1);
    return access;
}

Result<std::shared_ptr<const Access::Principals>> Access::read(const std::string& file) {
    SKALD_TRY(LoadedAccessRules loaded, read_access_file(file));
    auto principals = std::make_shared<Principals>();
    for (AccessRule& rule : loaded.rules) {
        if (!rule.token.empty()) rule.token_sha256 = digest_of(rule.token);
        OPENSSL_cleanse(rule.token.data(), rule.token.size());
        principals->push_back(std::make_shared<const Principal>(std::move(rule)));
    }
    return std::shared_ptr<const Principals>(std::move(principals));
}

std::shared_ptr<const Access::Principals> Access::current() const {
    auto state = state_->lock();
    const Clock::TimePoint now = clock_.now();
    if (now - state->looked_at < kLookEvery) return state->principals;
    state->looked_at = now;
    const FileStamp stamp = stamp_of(file_);
    if (stamp == state->stamp) return state->principals;
    state->stamp = stamp;
    Result<std::shared_ptr<const Principals>> changed = read(file_);
    reloaded_.set(changed ? 1 : 0);
    if (changed) {
        state->principals = *std::move(changed);
        log_info("the file of tokens has changed", {{"tokens", state->principals->size()}});
    } else {
        log_error("the changed file of tokens can't be used, the former tokens stay",
                  {{"file", file_},
                   {"err", changed.error().message},
                   {"do", "put the file right; it is read again by itself"}});
    }
    return state->principals;
}

Result<std::shared_ptr<const Principal>> Access::identify(
    std::optional<std::string_view> authorization) const {
    if (!authorization) {
        missing_.add();
        return Error{ErrorCode::kUnauthenticated,
                     "no credentials: send Authorization: Bearer TOKEN, or the token as the "
                     "password of basic authentication"};
    }
    const std::optional<Credentials> shown = parse_credentials(*authorization);
    std::shared_ptr<const Principal> found;
    if (shown) {
        const Digest digest = digest_of(shown->token);
        const auto principals = current();
        for (const auto& principal : *principals) {
            const bool same = CRYPTO_memcmp(digest.data(), principal->rule().token_sha256.data(),
                                            digest.size()) == 0;
            if (same && (!shown->name || *shown->name == principal->name())) found = principal;
        }
    }
    if (found != nullptr) return found;
    wrong_.add();
    return Error{ErrorCode::kUnauthenticated, "unknown or wrong credentials"};
}

std::optional<std::string> Access::refuse(const Principal& known, Right right,
                                          const TenantId& tenant) const {
    const auto principals = current();
    const auto found = std::ranges::find_if(*principals, [&known](const auto& each) {
        return each->name() == known.name() &&
               each->rule().token_sha256 == known.rule().token_sha256;
    });
    if (found == principals->end())
        return "the token of " + known.name() + " is not valid any more";
    if (auto why = (*found)->refuse(right)) return why;
    return (*found)->refuse(tenant);
}

}  // namespace skald::api
