// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/http_target.h>

#include <algorithm>

namespace skald {

std::string HttpTarget::text() const {
    return (tls ? "https://" : "http://") + host + ":" + port + path;
}

std::string basic_authorization(std::string_view user, std::string_view password) {
    return "Basic " + encode_base64(std::string(user) + ":" + std::string(password));
}

Result<HttpTarget> parse_http_target(std::string_view url) {
    const std::size_t scheme = url.find("://");
    // What has none may be all secret.
    const std::string shown(scheme == std::string_view::npos ? "something else"
                                                             : url.substr(0, scheme));
    HttpTarget target;
    if (url.starts_with("https://"))
        target.tls = true;
    else if (!url.starts_with("http://"))
        return Error{ErrorCode::kInvalidArgument,
                     "the URL must begin with http:// or https://, not with " + shown};
    url.remove_prefix(target.tls ? 8 : 7);
    const std::size_t slash = std::min(url.find_first_of("/?"), url.size());
    std::string_view authority = url.substr(0, slash);
    target.path = std::string(url.substr(slash));
    if (!target.path.starts_with('/')) target.path.insert(target.path.begin(), '/');
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        const std::size_t colon = std::min(user.find(':'), user.size());
        target.authorization = basic_authorization(user.substr(0, colon),
                                                   user.substr(std::min(colon + 1, user.size())));
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    target.port = has_port ? std::string(authority.substr(colon + 1)) : target.tls ? "443" : "80";
    target.host = std::string(authority.substr(0, has_port ? colon : authority.size()));
    if (target.host.starts_with('[') && target.host.ends_with(']'))
        target.host = target.host.substr(1, target.host.size() - 2);
    if (target.host.empty()) return Error{ErrorCode::kInvalidArgument, "the URL has no host"};
    return target;
}

}  // namespace skald
