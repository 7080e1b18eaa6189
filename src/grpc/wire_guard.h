// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "header_fields.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/runtime/token_bucket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace skald::grpc {

/// The head of an HTTP/2 frame.
struct FrameHead {
    std::uint32_t size = 0;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
};

/// Finds the frames in bytes that come in pieces. Threading: single-owner.
class FrameHeads {
public:
    /// Takes off the front what is there of the payload of the frame whose head came last.
    std::string_view payload(std::string_view& bytes);
    /// Takes bytes off the front, payload left included, until a head is whole; none: all were
    /// taken.
    std::optional<FrameHead> next(std::string_view& bytes);

private:
    static constexpr std::size_t kHeadBytes = 9;

    std::array<unsigned char, kHeadBytes> head_{};
    std::size_t head_seen_ = 0;
    std::uint32_t payload_left_ = 0;
};

/// Looks at the frames of an HTTP/2 connection as they pass, for what gRPC's library keeps or does
/// without bound: header blocks that never end or hold thousands of headers, more calls at once
/// than it allows (it asks no client that does not confirm the limit), calls begun and reset in
/// turn, and frames that only ask for an answer. Threading: single-owner.
class WireGuard {
public:
    /// `calls_max`: that may be open at once.
    explicit WireGuard(std::size_t calls_max);
    /// The client's bytes that come next. Errors: kInvalidArgument, more than is allowed;
    /// the connection must be closed.
    Result<void> check(std::string_view bytes, Clock::TimePoint now);
    /// The server's, which end calls.
    void watch_answers(std::string_view bytes);
    /// Whether calls have begun and not ended.
    bool has_calls() const { return !open_.empty(); }

private:
    struct Headers {
        std::uint64_t bytes = 0;
        std::uint64_t fields = 0;
    };

    Result<void> check_preface(std::string_view& bytes);
    Result<void> check_frame(const FrameHead& frame, Clock::TimePoint now);
    Result<void> check_block(const FrameHead& frame);
    Result<void> begin_block(const FrameHead& frame);
    Result<void> check_fields(std::string_view payload);
    Result<void> check_calls(const FrameHead& frame);
    void end_call(std::uint32_t stream);

    const std::size_t calls_max_;
    std::size_t preface_seen_ = 0;
    FrameHeads asked_;
    FrameHeads answered_;
    std::uint64_t block_bytes_ = 0;   ///< Of the header block that has begun.
    std::uint32_t block_frames_ = 0;  ///< 0: none has.
    bool is_headers_ = false;         ///< The frame's payload is of a header block.
    std::uint32_t not_fields_ = 0;    ///< Bytes of the payload before the headers.
    std::uint32_t block_stream_ = 0;  ///< Of the block that came last, as `fields_`.
    HeaderFields fields_;
    std::uint32_t last_stream_ = 0;
    std::unordered_map<std::uint32_t, Headers> open_;  ///< Of calls that have not ended.
    Headers open_sum_;
    TokenBucket resets_;
    TokenBucket questions_;
};

}  // namespace skald::grpc
