// SPDX-License-Identifier: Apache-2.0
#include "push_endpoint.h"

#include "budget_charge.h"
#include "compression.h"
#include "error_response.h"
#include "http_form.h"
#include "ingestion_policy.h"
#include "push_json.h"
#include "push_protobuf.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/units.h>

#include <string>

namespace skald::api {

namespace {

constexpr std::size_t kDecodedInPlaceMax = 64 * kKiB;  // A tenth of a millisecond of work at most.

/// Charges what a snappy block says it unpacks to (format_description.txt, 1).
Result<void> charge_snappy(HttpRequest& request, std::uint64_t decompressed_max) {
    ByteReader reader(request.body.view());
    const std::uint64_t size = reader.varint();
    if (!reader.ok() || size > decompressed_max) return {};  // The decoder names the mistake.
    return check_outcome(request.share.grow(size));
}

}  // namespace

Result<write::PushBatch> decode_push(HttpRequest& request, PushShape shape,
                                     std::uint64_t decompressed_max) {
    SKALD_TRY(const BodyEncoding encoding,
              parse_content_encoding(request.headers.find("Content-Encoding").value_or("")));
    SKALD_TRY(const std::string type,
              parse_media_type(request.headers.find("Content-Type").value_or("")));
    Buffer body = std::move(request.body);
    if (encoding != BodyEncoding::kIdentity) {
        SKALD_TRY(Buffer unpacked,
                  unpack_body(body.view(), encoding, decompressed_max, request.share));
        body = std::move(unpacked);
    }
    if (type == "application/json")
        return decode_push_json(std::move(body), shape == PushShape::kLegacy, request.share);
    request.body = std::move(body);
    SKALD_CHECK(charge_snappy(request, decompressed_max));
    return decode_push_protobuf(std::move(request.body), decompressed_max, request.share);
}

HttpResponse refuse_push_body(const HttpRequest& head, std::uint64_t size, std::uint64_t limit) {
    const auto type = parse_media_type(head.headers.find("Content-Type").value_or(""));
    if (type && *type == "application/json") {
        return push_error({ErrorCode::kInvalidArgument,
                           "compressed message size " + std::to_string(size) + " exceeds limit " +
                               std::to_string(limit) + " (distributor.max_recv_msg_size)"});
    }
    return push_error(
        {ErrorCode::kTooLarge, "request body too large: message size too large than max (" +
                                   std::to_string(size) + " vs " + std::to_string(limit) +
                                   ") (distributor.max_recv_msg_size)"});
}

Task<HttpResponse> PushEndpoint::push(HttpRequest request) {
    return push_as(std::move(request), PushShape::kCurrent);
}

Task<HttpResponse> PushEndpoint::push_legacy(HttpRequest request) {
    return push_as(std::move(request), PushShape::kLegacy);
}

Task<HttpResponse> PushEndpoint::push_as(HttpRequest request, PushShape shape) {
    // The lambda lives as long as this frame: run_on resumes it when the work is done.
    const auto decode = [&request, shape, limit = decompressed_max_] {
        return decode_push(request, shape, limit);
    };
    const std::size_t size = request.body.size();
    Result<write::PushBatch> batch = Error{ErrorCode::kInternal, "not decoded"};
    if (size <= kDecodedInPlaceMax) {
        batch = decode();
    } else {
        batch = co_await run_on(workers_, {Lane::kIngest, request.tenant->flow()}, decode);
    }
    if (!batch) {
        refused_.count(*request.tenant, size, batch.error());
        co_return push_error(batch.error());
    }
    batch->policy = named_policy(request);
    const Result<void> stored = co_await distributor_.push(*request.tenant, *std::move(batch));
    if (!stored) {
        refused_.count(*request.tenant, size, stored.error());
        co_return refused_push(stored.error(), *limits_.of(*request.tenant));
    }
    co_return HttpResponse{.status = 204, .content_type = {}, .body = {}, .headers = {}};
}

}  // namespace skald::api
