// SPDX-License-Identifier: Apache-2.0
#include "budget_charge.h"
#include "compression.h"
#include "error_response.h"
#include "org_ids.h"
#include "otlp_mapping.h"
#include "otlp_protobuf.h"
#include "push_protobuf.h"
#include "refused_bodies.h"

#include <skald/api/access.h>
#include <skald/api/push_intake.h>
#include <skald/write/distributor/distributor.h>

#include <string>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kDecodedInPlaceMax = 32 * kKiB;  // A tenth of a millisecond of work at most.

Error too_large(std::uint64_t max) {
    return {ErrorCode::kTooLarge, "received message larger than max (" + std::to_string(max) +
                                      " bytes) (server.grpc_server_max_recv_msg_size)"};
}

/// RFC 1952, 2.3.1: a protobuf message would begin with a field of wire type 7, which is none.
bool is_gzip(std::string_view bytes) noexcept {
    return bytes.starts_with("\x1f\x8b");
}

/// RFC 1950, 2.2. A message would begin with its field 15, which these types don't have.
bool is_zlib(std::string_view bytes) noexcept {
    if (bytes.size() < 6 || bytes[0] != '\x78') return false;
    return (static_cast<unsigned char>(bytes[0]) * 256 + static_cast<unsigned char>(bytes[1])) %
               31 ==
           0;
}

}  // namespace

struct PushIntake::State {
    State(Options wanted, write::Distributor& to, const LimitsSource& source, Clock& time,
          WorkerPool& pool)
        : options(std::move(wanted)), distributor(to), limits(source), clock(time), workers(pool) {}

    Options options;
    write::Distributor& distributor;
    const LimitsSource& limits;
    Clock& clock;
    WorkerPool& workers;

    void count_refused(Form form, const TenantId& tenant, std::size_t size,
                       const Error& error) const;
    Result<Buffer> unpack(Buffer message, BudgetShare& share) const;
    Result<write::PushBatch> decode(Form form, const TenantId& tenant, Buffer message,
                                    BudgetShare& share) const;
};

void PushIntake::State::count_refused(Form form, const TenantId& tenant, std::size_t size,
                                      const Error& error) const {
    if (options.metrics == nullptr) return;
    const bool otlp = form == Form::kOtlpLogs;
    const auto format = otlp ? write::PushFormat::kOtlp : write::PushFormat::kLoki;
    RefusedBodies(*options.metrics, format).count(tenant, size, error);
}

Result<Buffer> PushIntake::State::unpack(Buffer message, BudgetShare& share) const {
    const std::uint64_t max = options.message_bytes_max;
    std::string_view packed = message.view();
    SKALD_CHECK(check_outcome(share.grow(packed.size())));
    if (!is_gzip(packed) && !is_zlib(packed)) {
        if (packed.size() > max) return too_large(max);
        return message;
    }
    constexpr std::size_t kZlibHeader = 2;
    constexpr std::size_t kZlibTrailer = 4;
    const BodyEncoding encoding = is_gzip(packed) ? BodyEncoding::kGzip : BodyEncoding::kDeflate;
    if (encoding == BodyEncoding::kDeflate)
        packed = packed.substr(kZlibHeader, packed.size() - kZlibHeader - kZlibTrailer);
    Result<Buffer> unpacked = unpack_body(packed, encoding, max, share);
    const std::string_view kTooMuch = "decompressed message size too large";
    if (!unpacked && unpacked.error().message.starts_with(kTooMuch)) return too_large(max);
    return unpacked;
}

Result<write::PushBatch> PushIntake::State::decode(Form form, const TenantId& tenant,
                                                   Buffer message, BudgetShare& share) const {
    SKALD_TRY(Buffer unpacked, unpack(std::move(message), share));
    if (form == Form::kPush) return decode_push_message(std::move(unpacked), share);
    SKALD_TRY(OtlpLogs logs, decode_otlp_protobuf(std::move(unpacked), share));
    return map_otlp(std::move(logs), *limits.of(tenant), clock.wall_now(), share);
}

PushIntake::PushIntake(Options options, write::Distributor& distributor, const LimitsSource& limits,
                       Clock& clock, WorkerPool& workers)
    : state_(std::make_unique<State>(std::move(options), distributor, limits, clock, workers)) {}

PushIntake::~PushIntake() = default;

Result<TenantId> PushIntake::tenant_of(std::string_view org_id,
                                       std::optional<std::string_view> authorization) const {
    std::shared_ptr<const Principal> principal;
    if (const Access* access = state_->options.access; access != nullptr) {
        SKALD_TRY(principal, access->identify(authorization));
        if (const auto why = principal->refuse(Right::kWrite))
            return Error{ErrorCode::kForbidden, *why};
    }
    SKALD_TRY(
        std::vector<TenantId> tenants,
        allowed_tenants(org_id, {.auth_enabled = state_->options.auth_enabled}, principal.get()));
    return std::move(tenants.front());
}

Task<Result<void>> PushIntake::push(Form form, TenantId tenant, std::string policy,
                                    Buffer message) {
    BudgetShare share(*state_->options.memory);
    const std::size_t size = message.size();
    // The lambda lives as long as this frame: run_on resumes it when the work is done.
    const auto decode = [this, form, &tenant, &message, &share] {
        return state_->decode(form, tenant, std::move(message), share);
    };
    Result<write::PushBatch> batch = Error{ErrorCode::kInternal, "not decoded"};
    if (size <= kDecodedInPlaceMax) {
        batch = decode();
    } else {
        batch = co_await run_on(state_->workers, Lane::kIngest, decode);
    }
    if (!batch) {
        state_->count_refused(form, tenant, size, batch.error());
        co_return std::move(batch).error();
    }
    batch->policy = std::move(policy);
    // OpenTelemetry's senders have nothing to say now and then; that is no error to them.
    if (form == Form::kOtlpLogs && batch->streams.empty()) co_return Result<void>();
    Result<void> stored = co_await state_->distributor.push(tenant, *std::move(batch));
    if (stored) co_return stored;
    Error refused = std::move(stored).error();
    state_->count_refused(form, tenant, size, refused);
    // Nobody compares whole texts here, as clients of HTTP do.
    if (const std::string_view key = unnamed_limit(refused); !key.empty())
        refused.message += " (" + std::string(key) + ")";
    co_return refused;
}

}  // namespace skald::api
