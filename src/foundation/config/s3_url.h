// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>

#include <string>

namespace skald {

/// Reads `bucket.url` (s3://key:secret@place/bucket, parts percent-encoded) into those of the other
/// settings that are not set. A place with a dot or a port is an endpoint over plain HTTP (TLS if
/// the port is 443), any other a region of AWS. Errors: kInvalidArgument, without the URL, which
/// may hold a secret.
Result<void> apply_s3_url(Config::S3& bucket);

/// The URL with asterisks for the secret.
std::string masked_s3_url(const std::string& url);

}  // namespace skald
