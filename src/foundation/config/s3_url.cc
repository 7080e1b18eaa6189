// SPDX-License-Identifier: Apache-2.0
#include "s3_url.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace skald {

namespace {

constexpr std::string_view kScheme = "s3://";

struct UrlParts {
    std::string_view user;
    std::string_view secret;
    std::string_view place;
    std::string_view bucket;
};

std::optional<UrlParts> split_url(std::string_view url) {
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    url = url.substr(0, url.find('?'));
    UrlParts parts;
    // A secret that isn't encoded may hold a '/': what counts is the last '@'.
    const std::size_t at = url.rfind('@');
    if (at != std::string_view::npos) {
        const std::string_view keys = url.substr(0, at);
        const std::size_t colon = keys.find(':');
        parts.user = keys.substr(0, colon);
        if (colon != std::string_view::npos) parts.secret = keys.substr(colon + 1);
        url.remove_prefix(at + 1);
    }
    const std::size_t slash = url.find('/');
    parts.place = url.substr(0, slash);
    if (slash != std::string_view::npos) parts.bucket = url.substr(slash + 1);
    return parts;
}

/// `%2F` and its like as the byte they stand for.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* const digits = text.data() + i + 1;
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        out += is_escape ? static_cast<char>(byte) : text[i];
        if (is_escape) i += 2;
    }
    return out;
}

void set_if_empty(std::string& field, std::string value) {
    if (field.empty()) field = std::move(value);
}

}  // namespace

Result<void> apply_s3_url(Config::S3& bucket) {
    if (bucket.url.empty()) return {};
    const std::optional<UrlParts> parts = split_url(bucket.url);
    if (!parts)
        return Error{ErrorCode::kInvalidArgument,
                     "must be like s3://key:secret@region/bucket or "
                     "s3://key:secret@host:port/bucket"};
    if (parts->user.empty() != parts->secret.empty())
        return Error{ErrorCode::kInvalidArgument, "needs both a key and a secret, or neither"};
    if (bucket.access_key_id.empty() && bucket.secret_access_key.empty()) {
        bucket.access_key_id = decoded(parts->user);
        bucket.secret_access_key = decoded(parts->secret);
    }
    set_if_empty(bucket.bucketnames, decoded(parts->bucket));
    const std::string place(parts->place);
    if (place.find_first_of(".:") == std::string::npos) {
        set_if_empty(bucket.region, place);
    } else {
        set_if_empty(bucket.endpoint, (place.ends_with(":443") ? "https://" : "http://") + place);
    }
    return {};
}

std::string masked_s3_url(const std::string& url) {
    const std::optional<UrlParts> parts = split_url(url);
    if (!parts) return url.empty() ? "" : "********";
    std::string text(kScheme);
    if (!parts->user.empty()) text += std::string(parts->user) + ":********@";
    return text + std::string(parts->place) + "/" + std::string(parts->bucket);
}

}  // namespace skald
