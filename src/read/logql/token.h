// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/ast.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

enum class TokenKind : std::uint8_t {
    kEnd,
    kBroken,  ///< The lexer's error; nothing follows it.
    kStray,   ///< A character that no rule takes; printed as IDENTIFIER.
    kIdentifier,
    kString,
    kNumber,
    kDuration,
    kBytes,
    kRange,
    kFlag,
    // Punctuation and operators.
    kOpenBrace,
    kCloseBrace,
    kOpenParen,
    kCloseParen,
    kCloseBracket,
    kComma,
    kDot,
    kAssign,
    kRegex,
    kNotRegex,
    kPipe,
    kPipeExact,
    kPipeMatch,
    kPipePattern,
    kNotPattern,
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterEqual,
    kLess,
    kLessEqual,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow,
    // Words that are reserved everywhere.
    kBy,
    kWithout,
    kBool,
    kOffset,
    kOn,
    kIgnoring,
    kGroupLeft,
    kGroupRight,
    kOr,
    kAnd,
    kUnless,
    kJson,
    kRegexpStage,
    kLogfmt,
    kUnpack,
    kPatternStage,
    kLabelFormat,
    kLineFormat,
    kDecolorize,
    kDrop,
    kKeep,
    kUnwrap,
    // Words that are functions in front of a parenthesis only.
    kIp,
    kLabelReplace,
    kVector,
    kBytesConversion,
    kDurationConversion,
    kDurationSecondsConversion,
    kRangeOp,
    kVectorOp,
};

struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::uint32_t begin = 0;  ///< Offset of the first byte in the query.
    std::uint32_t end = 0;
    /// Strings: the value. kBroken: the message. Others: as written.
    std::string text;
    DurationNs duration = 0;  ///< kDuration, kRange.
    double bytes = 0;         ///< kBytes.
    RangeOp range_op = RangeOp::kCount;
    VectorOp vector_op = VectorOp::kSum;
};

/// As error messages name it: `|=`, `by`, IDENTIFIER, RATE, $end.
std::string token_name(const Token& token);
std::string_view token_name(TokenKind kind) noexcept;

}  // namespace skald::read
