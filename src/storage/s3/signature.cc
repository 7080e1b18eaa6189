// SPDX-License-Identifier: Apache-2.0
#include "signature.h"

#include <skald/foundation/base/text_encoding.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace skald::storage {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kLastScope = "aws4_request";

std::string hmac(std::string_view key, std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

S3Fields sorted(S3Fields fields) {
    std::sort(fields.begin(), fields.end());
    return fields;
}

/// Outer blanks go, inner runs of blanks become one.
std::string trimmed(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const bool is_blank = c == ' ' || c == '\t';
        if (is_blank && (out.empty() || out.back() == ' ')) continue;
        out += is_blank ? ' ' : c;
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string signed_names(const S3Signable& request) {
    std::string names;
    for (const auto& [name, value] : sorted(request.headers))
        names += (names.empty() ? "" : ";") + name;
    return names;
}

std::string scope_of(const S3Signable& request) {
    return request.time.substr(0, 8) + "/" + request.region + "/" + request.service + "/" +
           std::string(kLastScope);
}

}  // namespace

std::string encode_uri(std::string_view text, bool keep_slash) {
    return percent_encode(text, keep_slash ? "/" : "");
}

std::string encode_query(const S3Fields& query) {
    S3Fields encoded;
    for (const auto& [name, value] : query)
        encoded.emplace_back(encode_uri(name, false), encode_uri(value, false));
    std::string text;
    for (const auto& [name, value] : sorted(std::move(encoded)))
        text += (text.empty() ? "" : "&") + name + "=" + value;
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return encode_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string canonical_request(const S3Signable& request) {
    std::string text = request.method + "\n" + request.path + "\n" + encode_query(request.query);
    text += "\n";
    for (const auto& [name, value] : sorted(request.headers))
        text += name + ":" + trimmed(value) + "\n";
    return text + "\n" + signed_names(request) + "\n" + request.payload_hash;
}

std::string authorization(const S3Signable& request, const S3Credentials& credentials) {
    const std::string scope = scope_of(request);
    const std::string to_sign = std::string(kAlgorithm) + "\n" + request.time + "\n" + scope +
                                "\n" + sha256_hex(canonical_request(request));
    std::string key = hmac("AWS4" + credentials.secret_access_key, request.time.substr(0, 8));
    key = hmac(key, request.region);
    key = hmac(key, request.service);
    key = hmac(key, kLastScope);
    return std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" + scope +
           ",SignedHeaders=" + signed_names(request) +
           ",Signature=" + encode_hex(hmac(key, to_sign));
}

}  // namespace skald::storage
