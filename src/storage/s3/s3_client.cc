// SPDX-License-Identifier: Apache-2.0
#include "s3_client.h"

#include "answers.h"
#include "s3_error.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/calendar.h>
#include <skald/foundation/runtime/blocking.h>
#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::string_view kNoBodyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// "20130524T000000Z"
std::string signing_time(std::int64_t wall) {
    const std::int64_t seconds = floor_div(wall, kSecond);
    const std::int64_t days = floor_div(seconds, 86400);
    const std::int64_t of_day = seconds - days * 86400;
    const CalendarDay day = calendar_day(days);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04lld%02d%02dT%02d%02d%02dZ",
                  static_cast<long long>(day.year), day.month, day.day,
                  static_cast<int>(of_day / 3600), static_cast<int>(of_day / 60 % 60),
                  static_cast<int>(of_day % 60));
    return text.data();
}

/// "Fri, 24 May 2013 00:00:00 GMT" as nanoseconds; 0 if it is none.
std::int64_t parse_http_date(std::string_view text) {
    static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::array<char, 4> month{};
    int day = 0;
    int year = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month.data(), &year,
                    &hour, &minute, &second) != 6)
        return 0;
    const std::size_t at = kMonths.find(month.data());
    if (at == std::string_view::npos || at % 3 != 0 || year < 1970) return 0;
    const std::int64_t days = days_of(year, static_cast<std::int64_t>(at / 3) + 1, day);
    return (days * 86400 + hour * 3600 + minute * 60 + second) * kSecond;
}

HttpClient::Options http_options(const S3Options& options) {
    return {.connect_timeout = options.connect_timeout,
            .idle_timeout = options.idle_timeout,
            .timeout = options.timeout,
            .idle_connection = options.idle_connection,
            .insecure_skip_verify = options.insecure_skip_verify,
            .ca_file = options.ca_file};
}

/// Link-local services answer at once or are not there.
HttpClient::Options metadata_options(const S3Options& options) {
    return {.connect_timeout = std::chrono::seconds(1),
            .timeout = std::chrono::seconds(5),
            .ca_file = options.ca_file,
            .use_proxy = false};
}

bool is_success(const HttpAnswer& answer) {
    return answer.status >= 200 && answer.status < 300;
}

/// A success that carries an error behind its first bytes.
bool hides_trouble(const HttpAnswer& answer) {
    const std::string_view body = answer.body.view();
    return answer.header("content-type").find("xml") != std::string_view::npos &&
           body.substr(0, 512).find("<Error>") != std::string_view::npos;
}

std::string status_text(const Result<HttpAnswer>& answer) {
    return answer ? std::to_string(answer->status) : "error";
}

}  // namespace

S3Client::S3Client(S3Options options, S3Endpoint endpoint, FileSystem& files, const Clock& clock,
                   MetricsRegistry& metrics)
    : options_(std::move(options)),
      endpoint_(std::move(endpoint)),
      clock_(clock),
      metrics_(metrics),
      http_(HttpClient::create(http_options(options_))),
      metadata_http_(HttpClient::create(metadata_options(options_))),
      credentials_(options_, *metadata_http_, files, clock),
      budget_(options_.requests_max),
      retries_(metrics.counter("skald_objstore_retries_total",
                               "Requests to the object store that were sent again.")),
      sent_bytes_(metrics.counter("skald_objstore_sent_bytes_total",
                                  "Bytes of objects that were sent to the object store.")),
      received_bytes_(metrics.counter("skald_objstore_received_bytes_total",
                                      "Bytes that were received from the object store.")),
      in_flight_(metrics.gauge("skald_objstore_requests_in_flight",
                               "Requests to the object store that wait for an answer.")),
      seed_(hash64(endpoint_.host()) ^ static_cast<std::uint64_t>(clock.wall_now())) {}

Result<HttpAnswer> S3Client::call(const S3Call& call) {
    const Blocking blocking;
    const Clock::TimePoint begun = clock_.now();
    Backoff backoff({.min = options_.backoff_min,
                     .max = options_.backoff_max,
                     .retries = options_.retries,
                     .give_up_after = options_.give_up_after},
                    seed_ += 0x9E3779B97F4A7C15U);
    bool renewed = false;
    for (;;) {
        Result<HttpAnswer> answer = attempt(call);
        const Next next = judge(answer);
        if (next == Next::kDone) return answer;
        if (answer) learn_time(*answer);
        if (next == Next::kRenew && !renewed) {
            renewed = true;
            credentials_.expire();
            continue;
        }
        const auto wait = next == Next::kRetry && !in_a_hurry_ ? backoff.next(clock_.now() - begun)
                                                               : std::nullopt;
        if (!wait) return error_of(call, answer, backoff.attempts());
        retries_.add();
        log_debug("a request to the object store is sent again",
                  {{"operation", call.operation},
                   {"key", call.key},
                   {"reason", error_of(call, answer, backoff.attempts()).message}});
        pause(*wait);
    }
}

void S3Client::hurry(std::chrono::milliseconds time) {
    {
        const std::lock_guard hold(mutex_);
        in_a_hurry_ = true;
    }
    http_->hurry(time);
    metadata_http_->hurry(time);
    hurried_.notify_all();
}

Result<HttpAnswer> S3Client::attempt(const S3Call& call) {
    SKALD_TRY(const HttpRequest request, sign(call));
    const RequestBudget::Place place(budget_, call.kind);
    in_flight_.add(1);
    const Clock::TimePoint begun = clock_.now();
    Result<HttpAnswer> answer = http_->send(request);
    in_flight_.add(-1);
    record(call, answer, clock_.now() - begun);
    return answer;
}

Result<HttpRequest> S3Client::sign(const S3Call& call) {
    SKALD_TRY(const S3Credentials credentials, credentials_.get());
    S3Signable signable;
    signable.method = call.method;
    signable.path = endpoint_.path_of(call.key);
    signable.query = call.query;
    signable.headers = call.headers;
    signable.payload_hash = call.body.empty() ? std::string(kNoBodyHash) : sha256_hex(call.body);
    signable.time = signing_time(clock_.wall_now() + clock_skew_);
    signable.region = endpoint_.region();
    signable.headers.emplace_back("x-amz-content-sha256", signable.payload_hash);
    signable.headers.emplace_back("x-amz-date", signable.time);
    if (!credentials.session_token.empty())
        signable.headers.emplace_back("x-amz-security-token", credentials.session_token);
    HttpRequest request;
    request.headers = signable.headers;
    signable.headers.emplace_back("host", endpoint_.host());
    request.headers.emplace_back("authorization", authorization(signable, credentials));
    request.method = call.method;
    request.url = endpoint_.origin() + signable.path;
    if (!call.query.empty()) request.url += "?" + encode_query(call.query);
    request.body = call.body;
    request.answer_bytes_max = call.answer_bytes_max;
    return request;
}

S3Client::Next S3Client::judge(const Result<HttpAnswer>& answer) const {
    if (!answer) {
        const ErrorCode code = answer.error().code;
        const bool may_pass =
            code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded;
        return may_pass ? Next::kRetry : Next::kFail;
    }
    if (is_success(*answer)) return hides_trouble(*answer) ? Next::kRetry : Next::kDone;
    const S3Trouble trouble = parse_trouble(answer->body.view());
    if (trouble.code == "ExpiredToken" && options_.access_key_id.empty()) return Next::kRenew;
    return is_passing_trouble(answer->status, trouble.code) ? Next::kRetry : Next::kFail;
}

/// Signatures hold the time; where the clocks differ too much the service's is used.
void S3Client::learn_time(const HttpAnswer& answer) {
    if (parse_trouble(answer.body.view()).code != "RequestTimeTooSkewed") return;
    const std::int64_t theirs = parse_http_date(answer.header("date"));
    if (theirs == 0) return;
    if (clock_skew_ == 0)
        log_warn(
            "this machine's clock and the object store's differ; requests are signed with the "
            "store's time",
            {{"object_store", answer.header("date")}});
    clock_skew_ = theirs - clock_.wall_now();
}

Error S3Client::error_of(const S3Call& call, const Result<HttpAnswer>& answer,
                         std::uint32_t attempts) const {
    const std::string place = options_.bucket + (call.key.empty() ? "" : "/" + call.key);
    if (answer) return s3_error(call.operation, place, *answer);
    const Error& error = answer.error();
    if (error.code == ErrorCode::kTooLarge)
        return {ErrorCode::kIo, "S3 did not answer " + call.operation + " " + place +
                                    " with what was asked for: " + error.message};
    if (error.code == ErrorCode::kUnauthenticated) return {ErrorCode::kUnavailable, error.message};
    return {ErrorCode::kUnavailable, "S3 can't be reached for " + call.operation + " " + place +
                                         " at " + endpoint_.origin() + ": " + error.message +
                                         " (attempts: " + std::to_string(attempts) + ")"};
}

void S3Client::record(const S3Call& call, const Result<HttpAnswer>& answer,
                      std::chrono::nanoseconds took) {
    const double seconds = static_cast<double>(took.count()) / 1e9;
    const std::string status = status_text(answer);
    metrics_
        .histogram("skald_objstore_request_duration_seconds",
                   "Time of a request to the object store.",
                   {{"operation", call.operation}, {"status_code", status}})
        .observe(seconds);
    metrics_
        .histogram("loki_s3_request_duration_seconds", "Time spent doing S3 requests.",
                   {{"operation", "S3." + call.operation}, {"status_code", status}})
        .observe(seconds);
    sent_bytes_.add(static_cast<double>(call.body.size()));
    if (answer) received_bytes_.add(static_cast<double>(answer->body.size()));
}

void S3Client::pause(std::chrono::nanoseconds time) {
    if (options_.pause) return options_.pause(time);
    std::unique_lock hold(mutex_);
    hurried_.wait_for(hold, time, [&] { return in_a_hurry_.load(); });
}

}  // namespace skald::storage
