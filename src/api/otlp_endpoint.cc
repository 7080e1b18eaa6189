// SPDX-License-Identifier: Apache-2.0
#include "otlp_endpoint.h"

#include "compression.h"
#include "error_response.h"
#include "ingestion_policy.h"
#include "otlp_json.h"
#include "otlp_mapping.h"
#include "otlp_protobuf.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/units.h>

#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";
constexpr std::size_t kDecodedInPlaceMax = 32 * kKiB;  // A tenth of a millisecond of work at most.

}  // namespace

HttpResponse otlp_error(const Error& error) {
    const int status = status_of(error.code);
    HttpResponse response;
    response.status = status == 500 ? 503 : status;
    response.content_type = "application/octet-stream";
    ByteWriter out(response.body);
    out.varint(2 << 3 | 2);  // google.rpc.Status.message
    out.text(error.message);
    return response;
}

HttpResponse refuse_otlp_body(const HttpRequest&, std::uint64_t size, std::uint64_t limit) {
    return otlp_error({ErrorCode::kTooLarge,
                       "request body too large: message size too large than "
                       "max (" +
                           std::to_string(size) + " vs " + std::to_string(limit) +
                           ") (distributor.max_recv_msg_size)"});
}

Result<write::PushBatch> OtlpEndpoint::decode(HttpRequest& request) const {
    const std::string_view type = request.headers.find("Content-Type").value_or("");
    if (type != kProtobuf && type != kJson)
        return Error{ErrorCode::kInvalidArgument,
                     "content type: " + std::string(type) + " is not supported"};
    SKALD_TRY(const BodyEncoding encoding,
              parse_otlp_encoding(request.headers.find("Content-Encoding").value_or("")));
    Buffer body = std::move(request.body);
    if (encoding != BodyEncoding::kIdentity) {
        SKALD_TRY(Buffer unpacked,
                  unpack_body(body.view(), encoding, decompressed_max_, request.share));
        body = std::move(unpacked);
    }
    Result<OtlpLogs> logs = type == kJson ? decode_otlp_json(std::move(body), request.share)
                                          : decode_otlp_protobuf(std::move(body), request.share);
    if (!logs) return std::move(logs).error();
    return map_otlp(*std::move(logs), *limits_.of(*request.tenant), clock_.wall_now(),
                    request.share);
}

Task<HttpResponse> OtlpEndpoint::logs(HttpRequest request) {
    // The lambda lives as long as this frame: run_on resumes it when the work is done.
    const auto work = [this, &request] { return decode(request); };
    const std::size_t size = request.body.size();
    Result<write::PushBatch> batch = Error{ErrorCode::kInternal, "not decoded"};
    if (size <= kDecodedInPlaceMax) {
        batch = work();
    } else {
        batch = co_await run_on(workers_, {Lane::kIngest, request.tenant->flow()}, work);
    }
    if (!batch) {
        refused_.count(*request.tenant, size, batch.error());
        co_return otlp_error(batch.error());
    }
    batch->policy = named_policy(request);
    const Result<void> stored = co_await distributor_.push(*request.tenant, *std::move(batch));
    if (!stored) {
        refused_.count(*request.tenant, size, stored.error());
        HttpResponse refused = otlp_error(stored.error());
        if (stored.error().code == ErrorCode::kBlocked)
            refused.status =
                static_cast<int>(limits_.of(*request.tenant)->block_ingestion_status_code);
        name_limit(stored.error(), refused);
        co_return refused;
    }
    co_return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

}  // namespace skald::api
