// SPDX-License-Identifier: Apache-2.0
#include "s3_error.h"

#include "answers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace skald::storage {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// The right that an operation needs.
std::string_view right_for(std::string_view operation) {
    static constexpr std::array<Pair, 6> kRights = {
        {{"GetObject", "s3:GetObject"},
         {"HeadObject", "s3:GetObject"},
         {"DeleteObject", "s3:DeleteObject"},
         {"AbortMultipartUpload", "s3:AbortMultipartUpload"},
         {"ListObjectsV2", "s3:ListBucket"},
         {"ListMultipartUploads", "s3:ListBucketMultipartUploads"}}};
    const auto* const found = std::find_if(kRights.begin(), kRights.end(), [&](const Pair& right) {
        return right.first == operation;
    });
    return found == kRights.end() ? "s3:PutObject" : found->second;
}

std::string advice_for(std::string_view operation, const S3Trouble& trouble, long status) {
    const std::string& code = trouble.code;
    const std::string region =
        trouble.region.empty() ? "another region" : "region " + trouble.region;
    if (code == "InvalidAccessKeyId") return "check access_key_id";
    if (code == "SignatureDoesNotMatch")
        return "check secret_access_key, the region, and that no proxy changes requests";
    if (code == "NoSuchBucket") return "create the bucket or correct bucketnames";
    if (code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed" || status == 301)
        return "the bucket is in " + region + ": correct region or endpoint";
    if (code == "RequestTimeTooSkewed") return "set this machine's clock";
    if (code == "ExpiredToken" || code == "InvalidToken" || code == "TokenRefreshRequired")
        return "the session token is not valid any more: give a new one";
    if (code == "AccessDenied" || code == "AllAccessDisabled" || status == 403 || status == 401)
        return "check the credentials, and that they have the right " +
               std::string(right_for(operation)) + " on this bucket";
    if (code == "QuotaExceeded" || status == 507) return "the store is full";
    if (code == "SlowDown" || status == 429) return "it asks for fewer requests";
    if (status >= 300 && status < 400) return "the endpoint answers with a redirect: correct it";
    return {};
}

/// For answers without a body (HEAD) or of something that is no S3 service.
std::string name_of_status(long status) {
    switch (status) {
        case 301: return "PermanentRedirect";
        case 400: return "BadRequest";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "NotFound";
        case 429: return "TooManyRequests";
        case 503: return "ServiceUnavailable";
        default: return "status " + std::to_string(status);
    }
}

ErrorCode code_of(long status, const S3Trouble& trouble) {
    if (trouble.code == "NoSuchBucket") return ErrorCode::kUnavailable;
    if (status == 404) return ErrorCode::kNotFound;
    if (status == 416) return ErrorCode::kCorruption;
    return ErrorCode::kUnavailable;
}

}  // namespace

bool is_passing_trouble(long status, std::string_view code) {
    static constexpr std::array<std::string_view, 6> kCodes = {
        "SlowDown",           "InternalError",        "RequestTimeout",
        "ServiceUnavailable", "RequestTimeTooSkewed", "OperationAborted"};
    if (std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end()) return true;
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 507);
}

Error s3_error(std::string_view operation, std::string_view place, const HttpAnswer& answer) {
    S3Trouble trouble = parse_trouble(answer.body.view());
    if (trouble.region.empty()) trouble.region = answer.header("x-amz-bucket-region");
    const std::string code = trouble.code.empty() ? name_of_status(answer.status) : trouble.code;
    std::string text =
        "S3 says " + code + " for " + std::string(operation) + " " + std::string(place);
    if (!trouble.message.empty()) text += ": " + trouble.message;
    const std::string advice = advice_for(operation, trouble, answer.status);
    if (!advice.empty()) text += " (" + advice + ")";
    return {code_of(answer.status, trouble), std::move(text)};
}

}  // namespace skald::storage
