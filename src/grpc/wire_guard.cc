// SPDX-License-Identifier: Apache-2.0
#include "wire_guard.h"

#include <algorithm>
#include <string>

namespace skald::grpc {

namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : std::uint8_t { kData = 0, kHeaders = 1, kReset = 3, kContinuation = 9 };
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint8_t kPadded = 8;
constexpr std::uint8_t kPriority = 32;
constexpr std::uint32_t kPriorityBytes = 5;

// gRPC takes headers of 16 KiB, which take no more than that on the wire, but forty times that in
// memory if they are tiny.
constexpr std::uint64_t kBlockBytesMax = 32 << 10;
constexpr std::uint64_t kOpenBytesACall = 1310;
constexpr std::size_t kOpenCallsMin = 200;  // The sums of open calls are for as many at least.
constexpr std::uint32_t kBlockFramesMax = 16;
// Clients send ten to twenty, and proxies allow a hundred. What the library unpacks and then
// refuses it keeps for long.
constexpr std::uint64_t kBlockFieldsMax = 128;
constexpr std::uint64_t kOpenFieldsACall = 64;
constexpr TokenBucket::Limit kResets = {.rate = 100, .burst = 400};
constexpr TokenBucket::Limit kQuestions = {.rate = 100, .burst = 1000};
// Clients measure the line with a ping at each answer, and widen windows.
constexpr double kQuestionsACall = 4;

Error refusal(const char* why) {
    return {ErrorCode::kInvalidArgument, std::string(why)};
}

}  // namespace

std::string_view FrameHeads::payload(std::string_view& bytes) {
    const std::string_view taken = bytes.substr(0, payload_left_);
    payload_left_ -= static_cast<std::uint32_t>(taken.size());
    bytes.remove_prefix(taken.size());
    return taken;
}

std::optional<FrameHead> FrameHeads::next(std::string_view& bytes) {
    payload(bytes);
    const std::size_t taken = std::min(kHeadBytes - head_seen_, bytes.size());
    std::copy_n(bytes.data(), taken, head_.begin() + head_seen_);
    head_seen_ += taken;
    bytes.remove_prefix(taken);
    if (head_seen_ < kHeadBytes) return std::nullopt;
    head_seen_ = 0;
    const auto number = [&](std::size_t at, std::size_t size) {
        std::uint32_t value = 0;
        for (std::size_t i = at; i < at + size; ++i) value = value << 8U | head_[i];
        return value;
    };
    payload_left_ = number(0, 3);
    return FrameHead{payload_left_, head_[3], head_[4], number(5, 4) & 0x7FFFFFFFU};
}

WireGuard::WireGuard(std::size_t calls_max) : calls_max_(calls_max) {}

Result<void> WireGuard::check(std::string_view bytes, Clock::TimePoint now) {
    SKALD_CHECK(check_preface(bytes));
    for (;;) {
        SKALD_CHECK(check_fields(asked_.payload(bytes)));
        const std::optional<FrameHead> frame = asked_.next(bytes);
        if (!frame) return {};
        SKALD_CHECK(check_frame(*frame, now));
    }
}

void WireGuard::watch_answers(std::string_view bytes) {
    while (const std::optional<FrameHead> frame = answered_.next(bytes)) {
        const bool ends =
            (frame->type == kData || frame->type == kHeaders) && (frame->flags & kEndStream) != 0;
        if (ends || frame->type == kReset) end_call(frame->stream);
    }
}

Result<void> WireGuard::check_preface(std::string_view& bytes) {
    const std::size_t taken = std::min(kPreface.size() - preface_seen_, bytes.size());
    if (bytes.substr(0, taken) != kPreface.substr(preface_seen_, taken))
        return refusal("not HTTP/2");
    preface_seen_ += taken;
    bytes.remove_prefix(taken);
    return {};
}

Result<void> WireGuard::check_frame(const FrameHead& frame, Clock::TimePoint now) {
    is_headers_ = frame.type == kHeaders || frame.type == kContinuation;
    if (is_headers_) return check_block(frame);
    if (block_frames_ > 0) return refusal("another frame in a header block");
    if (frame.type == kData && (frame.size > 0 || (frame.flags & kEndStream) != 0)) return {};
    if (frame.type == kReset) {
        end_call(frame.stream);
        if (!resets_.take(1, kResets, now)) return refusal("too many calls that are reset");
        return {};
    }
    if (!questions_.take(1, kQuestions, now)) return refusal("too many frames of control");
    return {};
}

Result<void> WireGuard::check_block(const FrameHead& frame) {
    if ((frame.type == kContinuation) != (block_frames_ > 0))
        return refusal("a header block that does not go on as it must");
    if (frame.type == kHeaders) {
        SKALD_CHECK(begin_block(frame));
    }
    block_bytes_ += frame.size;
    if (++block_frames_ > kBlockFramesMax || block_bytes_ > kBlockBytesMax)
        return refusal("headers that are too large");
    if ((frame.flags & kEndHeaders) != 0) {
        block_bytes_ = 0;
        block_frames_ = 0;
        questions_.give(kQuestionsACall, kQuestions);
    }
    return check_calls(frame);
}

Result<void> WireGuard::begin_block(const FrameHead& frame) {
    if (!fields_.is_whole()) return refusal("a header block that ends within a header");
    fields_ = HeaderFields();
    block_stream_ = frame.stream;
    // gRPC's library takes padding for headers.
    if ((frame.flags & kPadded) != 0) return refusal("headers with padding");
    not_fields_ = (frame.flags & kPriority) != 0 ? kPriorityBytes : 0;
    if (not_fields_ > frame.size) return refusal("headers that are too short");
    return {};
}

Result<void> WireGuard::check_fields(std::string_view payload) {
    if (!is_headers_) return {};
    const std::size_t skipped = std::min<std::size_t>(not_fields_, payload.size());
    not_fields_ -= static_cast<std::uint32_t>(skipped);
    const std::uint64_t before = fields_.count();
    SKALD_CHECK(fields_.read(payload.substr(skipped)));
    if (fields_.count() > kBlockFieldsMax) return refusal("too many headers");
    const auto call = open_.find(block_stream_);
    if (call == open_.end()) return {};
    call->second.fields += fields_.count() - before;
    open_sum_.fields += fields_.count() - before;
    if (open_sum_.fields > kOpenFieldsACall * std::max(kOpenCallsMin, calls_max_))
        return refusal("too many headers at once");
    return {};
}

/// Headers may also end a call that has begun.
Result<void> WireGuard::check_calls(const FrameHead& frame) {
    if (frame.stream > last_stream_) {
        last_stream_ = frame.stream;
        if (open_.size() >= calls_max_) return refusal("too many calls at once");
        open_.emplace(frame.stream, Headers());
    }
    const auto call = open_.find(frame.stream);
    if (call == open_.end()) return {};
    call->second.bytes += frame.size;
    open_sum_.bytes += frame.size;
    if (open_sum_.bytes > kOpenBytesACall * std::max(kOpenCallsMin, calls_max_))
        return refusal("too many bytes of headers at once");
    return {};
}

void WireGuard::end_call(std::uint32_t stream) {
    const auto call = open_.find(stream);
    if (call == open_.end()) return;
    open_sum_.bytes -= call->second.bytes;
    open_sum_.fields -= call->second.fields;
    open_.erase(call);
}

}  // namespace skald::grpc
