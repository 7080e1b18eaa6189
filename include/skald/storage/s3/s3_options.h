// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// Where a bucket is, who asks, and how patiently.
struct S3Options {
    std::string endpoint;  ///< "host", "host:port", or with "http://" or "https://"; empty: AWS.
    std::string region;    ///< Empty: AWS_REGION, else "us-east-1" if there is an endpoint.
    std::string bucket;
    std::string prefix;  ///< Before every key: empty, or ends with '/'.
    /// The bucket in the path instead of the host's name. So it is too if the host is an address or
    /// "localhost", or if the bucket's name has a dot and TLS is on.
    bool path_style = false;
    bool insecure = false;  ///< Plain HTTP if the endpoint doesn't say.
    bool dualstack = true;  ///< AWS's names that have IPv6 too.

    /// Empty: the environment, a web identity, the container's or the instance's credentials.
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;

    std::string sse_type;  ///< "", "SSE-S3" or "SSE-KMS".
    std::string sse_kms_key_id;
    std::string sse_kms_encryption_context;  ///< JSON.
    std::string storage_class;               ///< Empty: the bucket's.

    bool insecure_skip_verify = false;
    std::string ca_file;  ///< Empty: the system's roots.
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_timeout{20'000};     ///< Without a byte in either direction.
    std::chrono::milliseconds timeout{0};               ///< Of a whole attempt; 0: none.
    std::chrono::milliseconds idle_connection{90'000};  ///< Then it isn't used again.

    std::chrono::milliseconds backoff_min{100};
    std::chrono::milliseconds backoff_max{3'000};
    std::uint32_t retries = 5;
    /// An operation that began so long ago isn't tried again.
    std::chrono::milliseconds give_up_after{60'000};
    std::uint32_t requests_max = 32;    ///< At a time; a quarter of them is kept for writing.
    std::size_t part_bytes = 8U << 20;  ///< An object beyond this goes in parts of this size.
    /// What `remove` of a key waits after a write whose outcome is unknown (commit protocol).
    std::chrono::milliseconds late_write_grace{60'000};

    /// A variable of the environment. Null: there are none.
    std::function<std::optional<std::string>(std::string_view name)> environment;
    /// Waits before a retry. Null: really.
    std::function<void(std::chrono::nanoseconds)> pause;
};

}  // namespace skald::storage
