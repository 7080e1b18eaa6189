// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/objstore/object_store.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// A page of a listing.
struct S3ListPage {
    std::vector<ObjectStore::Listed> objects;
    std::string next;  ///< The token of the next page; empty: this is the last.
};

/// A multipart upload that was begun and neither completed nor aborted.
struct S3Upload {
    std::string key;
    std::string id;
    std::string initiated;  ///< RFC 3339
};

/// What an answer says that is no success.
struct S3Trouble {
    std::string code;     ///< "AccessDenied"; empty if there was none.
    std::string message;  ///< In the service's words.
    std::string region;   ///< Where the bucket is, if it says so.
};

// Answers of S3 services as values; whatever they hold is bounded and checked.
// Errors of all: kCorruption, what is wrong with the answer. Threading: pure.

/// Of ListObjectsV2.
Result<S3ListPage> parse_list_page(std::string_view body);
/// Of ListMultipartUploads.
Result<std::vector<S3Upload>> parse_uploads(std::string_view body);
/// Of CreateMultipartUpload: the upload's id.
Result<std::string> parse_upload_id(std::string_view body);
/// Of any failure; also of a success that is none (CompleteMultipartUpload answers 200 first).
/// Nothing if the body is no error.
S3Trouble parse_trouble(std::string_view body);
/// The body of CompleteMultipartUpload: entity tags of the parts, in order.
std::string complete_body(const std::vector<std::string>& parts);
/// Of AssumeRoleWithWebIdentity: the credentials' texts by name.
Result<std::vector<std::pair<std::string, std::string>>> parse_assumed_role(std::string_view body);

}  // namespace skald::storage
