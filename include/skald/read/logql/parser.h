// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// Queries of this many bytes or more are refused.
inline constexpr std::size_t kQueryBytesMax = 131072;

/// Lexes, parses and checks a query (spec: logql sections 1 and 2). Constants are folded.
/// Errors: kInvalidArgument. The first line is Loki's text, `parse error at line %d, col %d: …` or
/// `parse error : …`; where a position is known the following lines show the query's line, a caret
/// under the spot and, if there is one, a suggestion.
/// Threading: pure.
Result<ExprPtr> parse_query(std::string_view query);

/// The part of a parse error's message that Loki would send: without the lines that show where and
/// what to write instead. Other messages come back whole.
std::string_view without_hint(std::string_view message) noexcept;

/// A selector without stages, as labels, series and index endpoints take it; `{}` is allowed only
/// with `allow_empty`. Errors: as above; `only label matchers are supported` for anything else.
Result<std::vector<Matcher>> parse_selector(std::string_view text, bool allow_empty);

/// Canonical one-line text (spec: logql section 7).
std::string to_string(const Expr& expr);
std::string to_string(const LogExpr& log);
std::string to_string(const Stage& stage);

/// Canonical text for people: parts of more than 100 characters are split into lines, indented by
/// two blanks a level (spec: logql section 7).
std::string format_query(const Expr& expr);

/// Names as written in queries: "count_over_time", "sum", "+".
std::string_view to_string(RangeOp op) noexcept;
std::string_view to_string(VectorOp op) noexcept;
std::string_view to_string(BinaryOp op) noexcept;

}  // namespace skald::read
