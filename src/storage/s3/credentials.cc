// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include "answers.h"

#include <skald/foundation/model/time.h>
#include <skald/foundation/telemetry/log.h>

#include <simdjson.h>

#include <algorithm>

namespace skald::storage {

namespace {

/// Before they expire they are asked for anew; AWS gives new ones five minutes before.
constexpr std::int64_t kRenewBefore = 4 * 60 * std::int64_t{1'000'000'000};
constexpr std::string_view kInstanceAddress = "http://169.254.169.254";
constexpr std::string_view kContainerAddress = "http://169.254.170.2";
constexpr std::string_view kRolesPath = "/latest/meta-data/iam/security-credentials/";

std::string first_line(std::string text) {
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    return text;
}

bool is_usable(const std::string& id, std::int64_t expires, std::int64_t now, std::int64_t before) {
    return !id.empty() && (expires == 0 || now < expires - before);
}

}  // namespace

std::string CredentialSource::variable(std::string_view name) const {
    if (!options_.environment) return {};
    return options_.environment(name).value_or("");
}

Result<S3Credentials> CredentialSource::get() {
    if (!options_.access_key_id.empty())
        return S3Credentials{options_.access_key_id, options_.secret_access_key,
                             options_.session_token};
    const std::lock_guard hold(mutex_);
    const std::int64_t now = clock_.wall_now();
    const std::string& id = known_.credentials.access_key_id;
    if (is_usable(id, known_.expires, now, kRenewBefore)) return known_.credentials;
    Result<Known> found = find();
    if (found) {
        known_ = *std::move(found);
        return known_.credentials;
    }
    // The old ones last a little longer.
    if (is_usable(id, known_.expires, now, 0)) return known_.credentials;
    return found.error();
}

void CredentialSource::expire() {
    const std::lock_guard hold(mutex_);
    known_ = {};
}

Result<CredentialSource::Known> CredentialSource::find() const {
    const std::string id = variable("AWS_ACCESS_KEY_ID");
    const std::string secret = variable("AWS_SECRET_ACCESS_KEY");
    if (!id.empty() && !secret.empty())
        return Known{{id, secret, variable("AWS_SESSION_TOKEN")}, 0};
    const std::string role = variable("AWS_ROLE_ARN");
    const std::string token_file = variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!role.empty() && !token_file.empty()) return from_web_identity(role, token_file);
    const std::string relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (!relative.empty()) return from_container(std::string(kContainerAddress) + relative);
    const std::string full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!full.empty()) return from_container(full);
    if (variable("AWS_EC2_METADATA_DISABLED") != "true") {
        Result<Known> found = from_instance();
        if (found) return found;
        log_debug("no credentials of an instance", {{"reason", found.error().message}});
    }
    return Error{ErrorCode::kUnauthenticated,
                 "there are no S3 credentials: set access_key_id and secret_access_key, or "
                 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment; neither a web "
                 "identity, a container nor an instance gave any"};
}

Result<std::string> CredentialSource::ask(const HttpRequest& request, std::string_view what) const {
    const Result<HttpAnswer> answer = metadata_.send(request);
    if (!answer)
        return Error{ErrorCode::kUnavailable,
                     std::string(what) + " can't be asked: " + answer.error().message};
    if (answer->status != 200)
        return Error{ErrorCode::kUnavailable,
                     std::string(what) + " answered " + std::to_string(answer->status)};
    return std::string(answer->body.view());
}

Result<std::string> CredentialSource::read_token(const std::string& path) const {
    SKALD_TRY(const Buffer text, files_.read_all(path));
    return first_line(std::string(text.view()));
}

/// A role that a token of Kubernetes stands for (EKS).
Result<CredentialSource::Known> CredentialSource::from_web_identity(
    const std::string& role, const std::string& token_file) const {
    SKALD_TRY(const std::string token, read_token(token_file));
    std::string region = options_.region.empty() ? variable("AWS_REGION") : options_.region;
    if (region.empty()) region = "us-east-1";
    std::string endpoint = variable("AWS_ENDPOINT_URL_STS");
    if (endpoint.empty()) endpoint = "https://sts." + region + ".amazonaws.com";
    const std::string session = variable("AWS_ROLE_SESSION_NAME");
    HttpRequest request;
    request.method = "GET";
    request.url = endpoint + "/?" +
                  encode_query({{"Action", "AssumeRoleWithWebIdentity"},
                                {"Version", "2011-06-15"},
                                {"RoleArn", role},
                                {"RoleSessionName", session.empty() ? "skald" : session},
                                {"WebIdentityToken", token}});
    SKALD_TRY(const std::string body, ask(request, "the token service"));
    SKALD_TRY(const auto texts, parse_assumed_role(body));
    Known known;
    for (const auto& [name, value] : texts) {
        if (name == "AccessKeyId") known.credentials.access_key_id = value;
        if (name == "SecretAccessKey") known.credentials.secret_access_key = value;
        if (name == "SessionToken") known.credentials.session_token = value;
        if (name != "Expiration") continue;
        SKALD_TRY(known.expires, parse_rfc3339(value));
    }
    return known;
}

Result<CredentialSource::Known> CredentialSource::from_container(const std::string& url) const {
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    std::string token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    const std::string token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (!token_file.empty()) {
        SKALD_TRY(token, read_token(token_file));
    }
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    SKALD_TRY(const std::string body, ask(request, "the container's credential service"));
    return parse_json(body, "the container's credentials");
}

/// The instance's role, by version 2 of its metadata service: a token first.
Result<CredentialSource::Known> CredentialSource::from_instance() const {
    std::string address = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (address.empty()) address = kInstanceAddress;
    while (address.ends_with('/')) address.pop_back();
    HttpRequest request;
    request.method = "PUT";
    request.url = address + "/latest/api/token";
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    SKALD_TRY(const std::string token, ask(request, "the instance's metadata service"));
    request.method = "GET";
    request.headers = {{"X-aws-ec2-metadata-token", first_line(token)}};
    request.url = address + std::string(kRolesPath);
    SKALD_TRY(const std::string roles, ask(request, "the instance's metadata service"));
    request.url += encode_uri(first_line(roles), false);
    SKALD_TRY(const std::string body, ask(request, "the instance's metadata service"));
    return parse_json(body, "the instance's credentials");
}

Result<CredentialSource::Known> CredentialSource::parse_json(const std::string& text,
                                                             std::string_view what) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(text).get(root) != simdjson::SUCCESS)
        return Error{ErrorCode::kUnavailable, std::string(what) + " are not JSON"};
    const auto field = [&](const char* name) {
        std::string_view value;
        return root[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
    };
    Known known{{field("AccessKeyId"), field("SecretAccessKey"), field("Token")}, 0};
    if (known.credentials.access_key_id.empty() || known.credentials.secret_access_key.empty())
        return Error{ErrorCode::kUnavailable, std::string(what) + " hold no keys"};
    const std::string expires = field("Expiration");
    if (!expires.empty()) {
        SKALD_TRY(known.expires, parse_rfc3339(expires));
    }
    return known;
}

}  // namespace skald::storage
