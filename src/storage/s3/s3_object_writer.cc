// SPDX-License-Identifier: Apache-2.0
#include "s3_object_writer.h"

#include "answers.h"

#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <cstring>

namespace skald::storage {

namespace {

constexpr std::size_t kPartsMax = 10'000;

Error not_open(const std::string& key) {
    return {ErrorCode::kIo, "object '" + key + "': writing it failed or has ended"};
}

}  // namespace

S3ObjectWriter::~S3ObjectWriter() {
    if (committed_ || upload_.empty()) return;
    S3Call abort = call("AbortMultipartUpload", "DELETE");
    abort.query = {{"uploadId", upload_}};
    const Result<HttpAnswer> aborted = store_.client().call(abort);
    if (aborted || aborted.error().code == ErrorCode::kNotFound) return;
    log_warn("the parts of a half written object stay in the bucket; they are removed later",
             {{"key", key_}, {"reason", aborted.error().message}});
}

Result<void> S3ObjectWriter::append(std::string_view bytes) {
    if (ended_) return not_open(key_);
    const std::size_t part_size = store_.client().options().part_bytes;
    while (!bytes.empty()) {
        // A part goes when there is more behind it: an object of one part needs no upload.
        if (part_bytes_ == part_size) {
            if (Result<void> sent = send_part(); !sent) {
                ended_ = true;
                return sent;
            }
        }
        const std::size_t size = std::min(bytes.size(), part_size - part_bytes_);
        if (part_.size() < part_bytes_ + size)
            part_.resize(std::min(part_size, std::max(part_bytes_ + size, 2 * part_.size())));
        std::memcpy(part_.data() + part_bytes_, bytes.data(), size);
        part_bytes_ += size;
        bytes.remove_prefix(size);
    }
    return {};
}

Result<void> S3ObjectWriter::commit() {
    if (ended_) return not_open(key_);
    ended_ = true;
    if (!upload_.empty()) {
        SKALD_CHECK(send_part());
    }
    // From here on it may be there, whatever we hear.
    store_.doubt(key_);
    if (Result<void> done = upload_.empty() ? put_whole() : complete(); !done) {
        store_.doubt(key_);
        return done;
    }
    store_.trust(key_);
    committed_ = true;
    return {};
}

S3Call S3ObjectWriter::call(std::string operation, std::string method) const {
    S3Call call;
    call.operation = std::move(operation);
    call.method = std::move(method);
    call.key = store_.full_key(key_);
    call.kind = RequestBudget::Kind::kWrite;
    return call;
}

Result<void> S3ObjectWriter::begin_upload() {
    S3Call begin = call("CreateMultipartUpload", "POST");
    begin.query = {{"uploads", ""}};
    begin.headers = store_.write_headers();
    SKALD_TRY(const HttpAnswer answer, store_.client().call(begin));
    SKALD_TRY(upload_, parse_upload_id(answer.body.view()));
    return {};
}

Result<void> S3ObjectWriter::send_part() {
    if (upload_.empty()) {
        SKALD_CHECK(begin_upload());
    }
    if (parts_.size() == kPartsMax)
        return Error{ErrorCode::kTooLarge, "object '" + key_ + "' has more than " +
                                               std::to_string(kPartsMax) +
                                               " parts: make the parts larger"};
    S3Call upload = call("UploadPart", "PUT");
    upload.query = {{"partNumber", std::to_string(parts_.size() + 1)}, {"uploadId", upload_}};
    upload.body = std::string_view(part_.data(), part_bytes_);
    SKALD_TRY(const HttpAnswer answer, store_.client().call(upload));
    parts_.emplace_back(answer.header("etag"));
    sent_bytes_ += part_bytes_;
    part_bytes_ = 0;
    return {};
}

Result<void> S3ObjectWriter::put_whole() {
    S3Call put = call("PutObject", "PUT");
    put.headers = store_.write_headers();
    put.body = std::string_view(part_.data(), part_bytes_);
    SKALD_TRY([[maybe_unused]] const HttpAnswer answer, store_.client().call(put));
    return {};
}

Result<void> S3ObjectWriter::complete() {
    const std::string body = complete_body(parts_);
    S3Call complete = call("CompleteMultipartUpload", "POST");
    complete.query = {{"uploadId", upload_}};
    complete.headers = {{"content-type", "application/xml"}};
    complete.body = body;
    const Result<HttpAnswer> answer = store_.client().call(complete);
    if (!answer && !is_complete()) return answer.error();
    return {};
}

bool S3ObjectWriter::is_complete() const {
    const Result<std::uint64_t> size = store_.size(key_);
    return size && *size == sent_bytes_;
}

}  // namespace skald::storage
