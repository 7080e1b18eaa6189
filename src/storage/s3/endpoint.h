// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/storage/s3/s3_options.h>

#include <string>
#include <string_view>

namespace skald::storage {

/// Where a bucket's objects are on the network.
/// Threading: immutable.
class S3Endpoint {
public:
    /// Errors: kInvalidArgument, what is missing or wrong.
    static Result<S3Endpoint> create(const S3Options& options);

    /// "https://host"
    const std::string& origin() const { return origin_; }
    /// The value of the `host` header.
    const std::string& host() const { return host_; }
    const std::string& region() const { return region_; }
    /// The path of an object, or of the bucket for an empty key; encoded.
    std::string path_of(std::string_view key) const;

private:
    std::string origin_;
    std::string host_;
    std::string region_;
    std::string bucket_path_;  ///< "/bucket" or empty.
};

}  // namespace skald::storage
