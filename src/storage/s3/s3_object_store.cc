// SPDX-License-Identifier: Apache-2.0
#include "s3_object_store.h"

#include "answers.h"
#include "s3_object_writer.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/telemetry/log.h>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::string_view kListPageKeys = "1000";
constexpr std::size_t kListAnswerBytesMax = 16U << 20;
constexpr std::size_t kListedMax = 10'000'000;
/// Uploads that were begun so long ago belong to nobody.
constexpr std::int64_t kUploadAgeMax = 24 * 3600 * std::int64_t{1'000'000'000};
constexpr std::chrono::milliseconds kHurriedRequest{5'000};

/// The range that an answer holds, from "bytes 0-9/100".
bool is_range(std::string_view header, std::uint64_t offset, std::size_t length) {
    const std::string wanted =
        "bytes " + std::to_string(offset) + "-" + std::to_string(offset + length - 1) + "/";
    return header.starts_with(wanted);
}

Error wrong_range(const std::string& key, std::uint64_t offset, std::size_t length,
                  const HttpAnswer& answer) {
    const std::string asked = "object '" + key + "': asked for " + std::to_string(length) +
                              " bytes at " + std::to_string(offset);
    if (answer.status == 206 && answer.body.size() < length &&
        is_range(answer.header("content-range"), offset, answer.body.size()))
        return {ErrorCode::kCorruption, asked + ", it ends before"};
    return {ErrorCode::kIo, asked + ", S3 answered " + std::to_string(answer.status) + " with " +
                                std::to_string(answer.body.size()) + " bytes, content-range '" +
                                std::string(answer.header("content-range")) + "'"};
}

std::string place_of(const S3Options& options, const S3Endpoint& endpoint) {
    return "s3://" + options.bucket + "/" + options.prefix + " at " + endpoint.origin();
}

}  // namespace

Result<std::unique_ptr<RemoteObjectStore>> open_s3_object_store(S3Options options,
                                                                FileSystem& files,
                                                                const Clock& clock,
                                                                MetricsRegistry& metrics) {
    SKALD_TRY(S3Endpoint endpoint, S3Endpoint::create(options));
    if (options.access_key_id.empty() != options.secret_access_key.empty())
        return Error{ErrorCode::kInvalidArgument,
                     "S3: access_key_id and secret_access_key must be set together"};
    return std::unique_ptr<RemoteObjectStore>(std::make_unique<S3ObjectStore>(
        std::move(options), std::move(endpoint), files, clock, metrics));
}

S3ObjectStore::S3ObjectStore(S3Options options, S3Endpoint endpoint, FileSystem& files,
                             const Clock& clock, MetricsRegistry& metrics)
    : place_(place_of(options, endpoint)) {
    client_ =
        std::make_unique<S3Client>(std::move(options), std::move(endpoint), files, clock, metrics);
}

Result<std::unique_ptr<ObjectWriter>> S3ObjectStore::create(const std::string& key) {
    return std::unique_ptr<ObjectWriter>(std::make_unique<S3ObjectWriter>(*this, key));
}

Result<Buffer> S3ObjectStore::read(const std::string& key, std::uint64_t offset,
                                   std::size_t length) const {
    if (length == 0) return Buffer();
    S3Call get;
    get.operation = "GetObject";
    get.method = "GET";
    get.key = full_key(key);
    get.headers = {
        {"range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1)}};
    get.answer_bytes_max = length;
    SKALD_TRY(HttpAnswer answer, client_->call(get));
    // A service that ignores ranges is found out here or by the bound on the answer.
    const bool is_whole = answer.status == 200 && offset == 0;
    const bool is_part =
        answer.status == 206 && is_range(answer.header("content-range"), offset, length);
    if (answer.body.size() != length || (!is_whole && !is_part))
        return wrong_range(key, offset, length, answer);
    return std::move(answer.body);
}

Result<std::uint64_t> S3ObjectStore::size(const std::string& key) const {
    S3Call head;
    head.operation = "HeadObject";
    head.method = "HEAD";
    head.key = full_key(key);
    SKALD_TRY(const HttpAnswer answer, client_->call(head));
    const std::string_view text = answer.header("content-length");
    std::uint64_t size = 0;
    const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (failed != std::errc() || stop != text.data() + text.size())
        return Error{ErrorCode::kIo, "S3 does not say how long object '" + key + "' is"};
    return size;
}

Result<std::vector<ObjectStore::Listed>> S3ObjectStore::list(const std::string& prefix) const {
    std::vector<Listed> found;
    std::string token;
    do {
        const std::string before = token;
        SKALD_CHECK(list_page(full_key(prefix), token, found));
        if (!token.empty() && token == before)
            return Error{ErrorCode::kIo, "S3 lists the same page of '" + prefix + "' again"};
        if (found.size() > kListedMax)
            return Error{ErrorCode::kTooLarge, "S3 lists too many objects below '" + prefix + "'"};
    } while (!token.empty());
    std::ranges::sort(found, {}, &Listed::key);
    return found;
}

Result<void> S3ObjectStore::list_page(const std::string& prefix, std::string& token,
                                      std::vector<Listed>& found) const {
    S3Call list;
    list.operation = "ListObjectsV2";
    list.method = "GET";
    list.query = {{"list-type", "2"},
                  {"prefix", prefix},
                  {"max-keys", std::string(kListPageKeys)},
                  {"encoding-type", "url"}};
    if (!token.empty()) list.query.emplace_back("continuation-token", token);
    list.answer_bytes_max = kListAnswerBytesMax;
    SKALD_TRY(const HttpAnswer answer, client_->call(list));
    SKALD_TRY(S3ListPage page, parse_list_page(answer.body.view()));
    const std::size_t own_prefix = client_->options().prefix.size();
    for (Listed& object : page.objects) {
        if (!object.key.starts_with(prefix)) continue;
        object.key.erase(0, own_prefix);
        // What tools make to show a folder.
        if (object.key.empty() || object.key.ends_with('/')) continue;
        found.push_back(std::move(object));
    }
    token = std::move(page.next);
    return {};
}

Result<void> S3ObjectStore::remove(const std::string& key) {
    S3Call remove;
    remove.operation = "DeleteObject";
    remove.method = "DELETE";
    remove.key = full_key(key);
    remove.kind = RequestBudget::Kind::kWrite;
    const Result<HttpAnswer> answer = client_->call(remove);
    if (!answer && answer.error().code != ErrorCode::kNotFound) return answer.error();
    auto doubtful = doubtful_.lock();
    const auto found = doubtful->find(key);
    if (found == doubtful->end()) return {};
    const auto age = client_->clock().now() - found->second;
    if (age < client_->options().late_write_grace)
        return Error{ErrorCode::kUnavailable,
                     "object '" + key +
                         "' was removed, but an earlier attempt to write it got no answer and may "
                         "yet succeed; it is removed again later"};
    doubtful->erase(found);
    return {};
}

Result<void> S3ObjectStore::check() {
    S3Call list;
    list.operation = "ListObjectsV2";
    list.method = "GET";
    list.query = {{"list-type", "2"},
                  {"prefix", client_->options().prefix},
                  {"max-keys", "1"},
                  {"encoding-type", "url"}};
    SKALD_TRY(const HttpAnswer answer, client_->call(list));
    SKALD_TRY([[maybe_unused]] const S3ListPage page, parse_list_page(answer.body.view()));
    if (const Result<void> aborted = abort_old_uploads(); !aborted)
        log_warn("uploads that were never completed can't be removed from the bucket",
                 {{"reason", aborted.error().message}});
    return {};
}

Result<void> S3ObjectStore::abort_old_uploads() {
    S3Call list;
    list.operation = "ListMultipartUploads";
    list.method = "GET";
    list.query = {{"uploads", ""}, {"prefix", client_->options().prefix}};
    SKALD_TRY(const HttpAnswer answer, client_->call(list));
    SKALD_TRY(const std::vector<S3Upload> uploads, parse_uploads(answer.body.view()));
    for (const S3Upload& upload : uploads) {
        const Result<TimeNs> begun = parse_rfc3339(upload.initiated);
        if (!begun || client_->clock().wall_now() - *begun < kUploadAgeMax) continue;
        S3Call abort;
        abort.operation = "AbortMultipartUpload";
        abort.method = "DELETE";
        abort.key = upload.key;
        abort.query = {{"uploadId", upload.id}};
        abort.kind = RequestBudget::Kind::kWrite;
        const Result<HttpAnswer> aborted = client_->call(abort);
        if (!aborted && aborted.error().code != ErrorCode::kNotFound) return aborted.error();
        log_info("an upload that was never completed was removed from the bucket",
                 {{"key", upload.key}});
    }
    return {};
}

void S3ObjectStore::hurry() {
    client_->hurry(kHurriedRequest);
}

S3Fields S3ObjectStore::write_headers() const {
    const S3Options& options = client_->options();
    S3Fields headers = {{"content-type", "application/octet-stream"}};
    if (!options.storage_class.empty())
        headers.emplace_back("x-amz-storage-class", options.storage_class);
    if (options.sse_type == "SSE-S3")
        headers.emplace_back("x-amz-server-side-encryption", "AES256");
    if (options.sse_type != "SSE-KMS") return headers;
    headers.emplace_back("x-amz-server-side-encryption", "aws:kms");
    if (!options.sse_kms_key_id.empty())
        headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", options.sse_kms_key_id);
    if (!options.sse_kms_encryption_context.empty())
        headers.emplace_back("x-amz-server-side-encryption-context",
                             encode_base64(options.sse_kms_encryption_context));
    return headers;
}

void S3ObjectStore::doubt(const std::string& key) {
    doubtful_.lock()->insert_or_assign(key, client_->clock().now());
}

void S3ObjectStore::trust(const std::string& key) {
    doubtful_.lock()->erase(key);
}

}  // namespace skald::storage
