// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backoff.h"
#include "credentials.h"
#include "endpoint.h"
#include "request_budget.h"
#include "signature.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/http/http_client.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/s3/s3_options.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace skald::storage {

/// One operation on a bucket.
struct S3Call {
    std::string operation;  ///< Of the S3 API: "PutObject".
    std::string method;
    std::string key;  ///< In the bucket; empty: the bucket itself.
    S3Fields query;
    S3Fields headers;       ///< Names in lower case.
    std::string_view body;  ///< Must outlive the call.
    std::size_t answer_bytes_max = 1U << 20;
    RequestBudget::Kind kind = RequestBudget::Kind::kRead;
};

/// Signs requests, sends them within the budget, and tries again what may pass.
/// Threading: thread-safe; calls block.
class S3Client {
public:
    /// What is passed by reference must outlive it.
    S3Client(S3Options options, S3Endpoint endpoint, FileSystem& files, const Clock& clock,
             MetricsRegistry& metrics);

    /// The answer if its status is a success. Errors: kNotFound (no such key or upload),
    /// kCorruption (no such range), kUnavailable with what the service says and what to do.
    Result<HttpAnswer> call(const S3Call& call);
    /// For the end of the process: nothing is tried again, and no request takes longer than `time`.
    void hurry(std::chrono::milliseconds time);

    const S3Options& options() const { return options_; }
    const S3Endpoint& endpoint() const { return endpoint_; }
    const Clock& clock() const { return clock_; }

private:
    enum class Next { kDone, kRetry, kRenew, kFail };

    Result<HttpAnswer> attempt(const S3Call& call);
    Result<HttpRequest> sign(const S3Call& call);
    Next judge(const Result<HttpAnswer>& answer) const;
    void learn_time(const HttpAnswer& answer);
    Error error_of(const S3Call& call, const Result<HttpAnswer>& answer,
                   std::uint32_t attempts) const;
    void record(const S3Call& call, const Result<HttpAnswer>& answer,
                std::chrono::nanoseconds took);
    void pause(std::chrono::nanoseconds time);

    const S3Options options_;
    const S3Endpoint endpoint_;
    const Clock& clock_;
    MetricsRegistry& metrics_;
    std::unique_ptr<HttpClient> http_;
    std::unique_ptr<HttpClient> metadata_http_;
    CredentialSource credentials_;
    RequestBudget budget_;
    Counter retries_;
    Counter sent_bytes_;
    Counter received_bytes_;
    Gauge in_flight_;
    std::atomic<std::uint64_t> seed_{0};
    std::atomic<std::int64_t> clock_skew_{0};  ///< The service's clock minus ours, nanoseconds.
    std::mutex mutex_;
    std::condition_variable hurried_;
    std::atomic<bool> in_a_hurry_{false};
};

}  // namespace skald::storage
