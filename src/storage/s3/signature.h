// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// What proves who asks.
struct S3Credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;  ///< Empty for keys that don't expire.
};

/// Name and value, in any order.
using S3Fields = std::vector<std::pair<std::string, std::string>>;

/// What AWS Signature Version 4 signs of a request.
struct S3Signable {
    std::string method;
    std::string path;          ///< Encoded, with the first '/'.
    S3Fields query;            ///< Not encoded.
    S3Fields headers;          ///< All that are to be signed, in lower case; `host` is needed.
    std::string payload_hash;  ///< SHA-256 of the body in hex.
    std::string time;          ///< "20130524T000000Z"
    std::string region;
    std::string service = "s3";
};

/// Percent-encodes everything but letters, digits, '-', '.', '_', '~' (and '/', if it is kept).
std::string encode_uri(std::string_view text, bool keep_slash);
/// `query` encoded and in the order that the signature needs, without the '?'.
std::string encode_query(const S3Fields& query);
/// SHA-256 in hex.
std::string sha256_hex(std::string_view bytes);
/// The first thing that is hashed; shown by tests when a signature is wrong.
std::string canonical_request(const S3Signable& request);
/// The value of the `authorization` header.
std::string authorization(const S3Signable& request, const S3Credentials& credentials);

}  // namespace skald::storage
