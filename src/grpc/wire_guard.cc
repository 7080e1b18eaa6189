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

// gRPC takes headers of 16 KiB, which take no more than that on the wire, but forty times that in
// memory if they are tiny.
constexpr std::uint64_t kBlockBytesMax = 32 << 10;
constexpr std::uint64_t kOpenBytesMin = 256 << 10;
constexpr std::uint64_t kOpenBytesACall = 1310;  // As many for 200 calls, which is the least.
constexpr std::uint32_t kBlockFramesMax = 16;
constexpr TokenBucket::Limit kResets = {.rate = 100, .burst = 400};
constexpr TokenBucket::Limit kQuestions = {.rate = 100, .burst = 1000};
// Clients measure the line with a ping at each answer, and widen windows.
constexpr double kQuestionsACall = 4;

Error refusal(const char* why) {
    return {ErrorCode::kInvalidArgument, std::string(why)};
}

}  // namespace

std::optional<FrameHead> FrameHeads::next(std::string_view& bytes) {
    const std::size_t skipped = std::min<std::size_t>(payload_left_, bytes.size());
    payload_left_ -= static_cast<std::uint32_t>(skipped);
    bytes.remove_prefix(skipped);
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
    while (const std::optional<FrameHead> frame = asked_.next(bytes)) {
        SKALD_CHECK(check_frame(*frame, now));
    }
    return {};
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
    if (frame.type == kHeaders || frame.type == kContinuation) return check_block(frame);
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

/// Headers may also end a call that has begun.
Result<void> WireGuard::check_calls(const FrameHead& frame) {
    if (frame.stream > last_stream_) {
        last_stream_ = frame.stream;
        if (open_.size() >= calls_max_) return refusal("too many calls at once");
        open_.emplace(frame.stream, 0);
    }
    const auto call = open_.find(frame.stream);
    if (call == open_.end()) return {};
    call->second += frame.size;
    open_bytes_ += frame.size;
    if (open_bytes_ > std::max(kOpenBytesMin, kOpenBytesACall * calls_max_))
        return refusal("too many bytes of headers at once");
    return {};
}

void WireGuard::end_call(std::uint32_t stream) {
    const auto call = open_.find(stream);
    if (call == open_.end()) return;
    open_bytes_ -= call->second;
    open_.erase(call);
}

}  // namespace skald::grpc
