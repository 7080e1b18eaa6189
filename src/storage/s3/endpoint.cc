// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include "signature.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace skald::storage {

namespace {

Error bad(std::string what) {
    return {ErrorCode::kInvalidArgument, "S3: " + std::move(what)};
}

/// Nothing that could end the host's part of a URL.
bool is_host(std::string_view text) {
    const auto is_good = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' ||
               c == '_' || c == ':' || c == '[' || c == ']';
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_good);
}

/// AWS's own rule, and what goes into a host's name or a path as it is.
bool is_bucket(std::string_view text) {
    const auto is_good = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
    };
    return text.size() <= 255 && std::all_of(text.begin(), text.end(), is_good);
}

/// A host that can't have a bucket's name in front.
bool is_address(std::string_view host) {
    host = host.substr(0, host.starts_with('[') ? host.size() : host.find(':'));
    const auto is_digit_or_dot = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
    return host.starts_with('[') || host == "localhost" ||
           std::all_of(host.begin(), host.end(), is_digit_or_dot);
}

std::string aws_host(const std::string& region, bool dualstack) {
    std::string host = dualstack ? "s3.dualstack." : "s3.";
    host += region + ".amazonaws.com";
    return region.starts_with("cn-") ? host + ".cn" : host;
}

std::string variable(const S3Options& options, std::string_view name) {
    if (!options.environment) return {};
    return options.environment(name).value_or("");
}

std::string region_of(const S3Options& options) {
    if (!options.region.empty()) return options.region;
    const std::string region = variable(options, "AWS_REGION");
    return region.empty() ? variable(options, "AWS_DEFAULT_REGION") : region;
}

/// The default port is not in the `host` header.
std::string without_default_port(std::string host, bool tls) {
    const std::string_view port = tls ? ":443" : ":80";
    if (host.ends_with(port)) host.resize(host.size() - port.size());
    return host;
}

}  // namespace

Result<S3Endpoint> S3Endpoint::create(const S3Options& options) {
    if (options.bucket.empty()) return bad("no bucket is named");
    if (!is_bucket(options.bucket)) return bad("'" + options.bucket + "' is no name of a bucket");
    S3Endpoint made;
    made.region_ = region_of(options);
    std::string host = options.endpoint;
    bool tls = !options.insecure;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!host.starts_with(scheme)) continue;
        tls = scheme == "https://";
        host = host.substr(scheme.size());
    }
    while (host.ends_with('/')) host.pop_back();
    if (host.empty()) {
        if (made.region_.empty()) return bad("neither an endpoint nor a region is set");
        host = aws_host(made.region_, options.dualstack);
    }
    if (!is_host(host)) return bad("'" + options.endpoint + "' is no endpoint");
    if (made.region_.empty()) made.region_ = "us-east-1";
    const bool in_path = options.path_style || is_address(host) ||
                         (tls && options.bucket.find('.') != std::string::npos);
    host = without_default_port(std::move(host), tls);
    made.host_ = in_path ? host : options.bucket + "." + host;
    made.origin_ = (tls ? "https://" : "http://") + made.host_;
    if (in_path) made.bucket_path_ = "/" + options.bucket;
    return made;
}

std::string S3Endpoint::path_of(std::string_view key) const {
    if (key.empty()) return bucket_path_.empty() ? "/" : bucket_path_;
    return bucket_path_ + "/" + encode_uri(key, true);
}

}  // namespace skald::storage
