// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signature.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/http/http_client.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/s3/s3_options.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace skald::storage {

/// Who asks: keys of the configuration, of the environment, or those that a token, a container or
/// an instance is given and that are renewed before they expire. The first that is there counts.
/// Threading: thread-safe; calls may block on the network.
class CredentialSource {
public:
    /// What is passed by reference must outlive it.
    CredentialSource(const S3Options& options, HttpClient& metadata, FileSystem& files,
                     const Clock& clock)
        : options_(options), metadata_(metadata), files_(files), clock_(clock) {}

    /// Errors: kUnauthenticated if there are none anywhere; kUnavailable.
    Result<S3Credentials> get();
    /// The service calls them expired: `get` asks anew.
    void expire();

private:
    struct Known {
        S3Credentials credentials;
        std::int64_t expires = 0;  ///< Nanoseconds since the epoch; 0: never.
    };

    Result<Known> find() const;
    Result<Known> from_web_identity(const std::string& role, const std::string& token_file) const;
    Result<Known> from_container(const std::string& url) const;
    Result<Known> from_instance() const;
    Result<std::string> ask(const HttpRequest& request, std::string_view what) const;
    Result<std::string> read_token(const std::string& path) const;
    std::string variable(std::string_view name) const;
    static Result<Known> parse_json(const std::string& text, std::string_view what);

    const S3Options& options_;
    HttpClient& metadata_;
    FileSystem& files_;
    const Clock& clock_;
    std::mutex mutex_;  ///< Held while asking: others wait for the same answer.
    Known known_;       ///< Under mutex_; empty: not asked yet.
};

}  // namespace skald::storage
