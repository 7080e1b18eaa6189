// SPDX-License-Identifier: Apache-2.0
#include "call_status.h"

#include <skald/foundation/base/bytes.h>

#include <string_view>

namespace skald::grpc {

namespace {

using ::grpc::StatusCode;

StatusCode code_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidArgument: return StatusCode::INVALID_ARGUMENT;
        case ErrorCode::kUnprocessable: return StatusCode::INVALID_ARGUMENT;
        case ErrorCode::kNotSupported: return StatusCode::INVALID_ARGUMENT;
        case ErrorCode::kUnauthenticated: return StatusCode::UNAUTHENTICATED;
        case ErrorCode::kForbidden: return StatusCode::PERMISSION_DENIED;
        case ErrorCode::kNotFound: return StatusCode::NOT_FOUND;
        case ErrorCode::kTooLarge: return StatusCode::RESOURCE_EXHAUSTED;
        case ErrorCode::kLimitExceeded: return StatusCode::RESOURCE_EXHAUSTED;
        case ErrorCode::kBlocked: return StatusCode::PERMISSION_DENIED;
        case ErrorCode::kCancelled: return StatusCode::CANCELLED;
        case ErrorCode::kDeadlineExceeded: return StatusCode::DEADLINE_EXCEEDED;
        // INTERNAL tells senders to give up; nothing is wrong with what they sent.
        case ErrorCode::kUnavailable: return StatusCode::UNAVAILABLE;
        case ErrorCode::kIo: return StatusCode::UNAVAILABLE;
        case ErrorCode::kCorruption: return StatusCode::UNAVAILABLE;
        case ErrorCode::kInternal: return StatusCode::INTERNAL;
    }
    return StatusCode::UNKNOWN;
}

bool may_pass_later(ErrorCode code) noexcept {
    return code == ErrorCode::kLimitExceeded || code == ErrorCode::kUnavailable ||
           code == ErrorCode::kIo;
}

void put_text(std::string& message, std::uint64_t field, std::string_view text) {
    ByteWriter out(message);
    out.varint(field << 3 | 2);
    out.text(text);
}

/// google.rpc.Status { code = 1, message = 2, details = 3: Any { type_url = 1, value = 2 } } with a
/// RetryInfo { retry_delay = 1: Duration { seconds = 1 } } of one second, as HTTP's Retry-After.
std::string retry_details(StatusCode code, std::string_view text) {
    std::string seconds;
    ByteWriter(seconds).varint(1 << 3);
    ByteWriter(seconds).varint(1);
    std::string info;
    put_text(info, 1, seconds);
    std::string any;
    put_text(any, 1, "type.googleapis.com/google.rpc.RetryInfo");
    put_text(any, 2, info);
    std::string status;
    ByteWriter(status).varint(1 << 3);
    ByteWriter(status).varint(static_cast<std::uint64_t>(code));
    put_text(status, 2, text);
    put_text(status, 3, any);
    return status;
}

}  // namespace

::grpc::Status to_status(const Error& error) {
    const StatusCode code = code_of(error.code);
    if (!may_pass_later(error.code)) return {code, error.message};
    return {code, error.message, retry_details(code, error.message)};
}

std::string status_label(const ::grpc::Status& status) {
    switch (status.error_code()) {
        case StatusCode::OK: return "success";
        case StatusCode::CANCELLED: return "cancel";
        case StatusCode::INVALID_ARGUMENT: return "400";
        case StatusCode::UNAUTHENTICATED: return "401";
        case StatusCode::PERMISSION_DENIED: return "403";
        case StatusCode::NOT_FOUND: return "404";
        case StatusCode::RESOURCE_EXHAUSTED: return "429";
        case StatusCode::UNAVAILABLE: return "503";
        case StatusCode::DEADLINE_EXCEEDED: return "504";
        default: return "500";
    }
}

}  // namespace skald::grpc
