// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The typed tree of a LogQL query. Plain values, made by parse_query and immutable from then on.
namespace skald::read {

enum class LineFilterOp { kContains, kNotContains, kRegex, kNotRegex, kPattern, kNotPattern };

/// `|= "a" or "b" or ip("10.0.0.0/8")`: for the negative operators no alternative may match.
struct LineFilter {
    struct Alternative {
        std::string text;
        bool is_ip = false;
    };
    LineFilterOp op = LineFilterOp::kContains;
    std::vector<Alternative> alternatives;  ///< At least one.
};

enum class Compare { kEqual, kNotEqual, kGreater, kGreaterEqual, kLess, kLessEqual };

/// A condition on labels, or a combination of two.
struct LabelFilter {
    enum class Kind { kString, kIp, kDuration, kBytes, kNumber, kAnd, kOr };
    Kind kind = Kind::kString;
    std::optional<Matcher> matcher;     ///< kString.
    std::string name;                   ///< kIp … kNumber.
    Compare compare = Compare::kEqual;  ///< kIp (=, !=) … kNumber.
    std::string text;                   ///< kIp: the pattern. Others: the literal as written.
    double number = 0;                  ///< kNumber; kDuration in nanoseconds; kBytes in bytes.
    std::shared_ptr<const LabelFilter>
        left;  ///< kAnd, kOr (shared: trees are immutable and copied with stages).
    std::shared_ptr<const LabelFilter> right;
    bool comma = false;  ///< kAnd written as `,`; only for printing.
};

/// `name="expression"` of json and logfmt; a bare `name` has the expression `name`.
struct Extraction {
    std::string name;
    std::string expression;
};

/// `| json`, all fields or the listed ones.
struct JsonStage {
    std::vector<Extraction> extractions;
};
/// `| logfmt`, all pairs or the listed ones.
struct LogfmtStage {
    bool strict = false;
    bool keep_empty = false;
    std::vector<Extraction> extractions;
};
/// `| regexp "…"`: named groups become labels.
struct RegexpStage {
    std::string pattern;
};
/// `| pattern "…"`: named captures become labels.
struct PatternStage {
    std::string pattern;
};
/// `| unpack`
struct UnpackStage {};
/// `| line_format "…"`
struct LineFormatStage {
    std::string text;  ///< The template.
};
/// `| label_format a=b, c="…"`
struct LabelFormatStage {
    struct Item {
        std::string name;
        bool rename = false;  ///< `value` is a source label, else a template.
        std::string value;
    };
    std::vector<Item> items;
};
/// `| decolorize`
struct DecolorizeStage {};
/// An item of drop and keep: a name, or a matcher.
struct LabelChoice {
    std::string name;
    std::optional<Matcher> matcher;
};
/// `| drop a, b="x"`
struct DropStage {
    std::vector<LabelChoice> choices;
};
/// `| keep a, b="x"`
struct KeepStage {
    std::vector<LabelChoice> choices;
};

using Stage = std::variant<LineFilter, LabelFilter, JsonStage, LogfmtStage, RegexpStage,
                           PatternStage, UnpackStage, LineFormatStage, LabelFormatStage,
                           DecolorizeStage, DropStage, KeepStage>;

/// `{selector} | stages`
struct LogExpr {
    std::vector<Matcher> matchers;
    std::vector<Stage> stages;
};

enum class UnwrapConversion { kNone, kBytes, kDuration, kDurationSeconds };
/// `| unwrap f(label) | filters`
struct Unwrap {
    std::string label;
    UnwrapConversion conversion = UnwrapConversion::kNone;
    std::vector<LabelFilter> filters;  ///< After the unwrap.
};

/// A log expression with its window.
struct LogRange {
    LogExpr log;
    DurationNs range = 0;
    DurationNs offset = 0;
    std::optional<Unwrap> unwrap;
};

/// `by (…)` or `without (…)`.
struct Grouping {
    bool without = false;
    std::vector<std::string> labels;
};

enum class RangeOp {
    kCount,
    kRate,
    kRateCounter,
    kBytes,
    kBytesRate,
    kAvg,
    kSum,
    kMin,
    kMax,
    kStdvar,
    kStddev,
    kQuantile,
    kFirst,
    kLast,
    kAbsent
};
enum class VectorOp {
    kSum,
    kAvg,
    kCount,
    kMax,
    kMin,
    kStddev,
    kStdvar,
    kBottomk,
    kTopk,
    kSort,
    kSortDesc,
    kApproxTopk
};
enum class BinaryOp {
    kOr,
    kAnd,
    kUnless,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow
};

struct Expr;
/// Shared: sub-trees are immutable and plans keep the parts that they evaluate.
using ExprPtr = std::shared_ptr<const Expr>;

/// `op(parameter, range) grouping`
struct RangeAggregation {
    RangeOp op = RangeOp::kCount;
    std::optional<double> parameter;  ///< quantile_over_time.
    LogRange range;
    std::optional<Grouping> grouping;
};
/// `op(parameter, inner) grouping`
struct VectorAggregation {
    VectorOp op = VectorOp::kSum;
    std::optional<std::int64_t> parameter;  ///< topk, bottomk, approx_topk.
    ExprPtr inner;
    std::optional<Grouping> grouping;
};
/// `on (…)` / `ignoring (…)` and `group_left (…)` / `group_right (…)`.
struct VectorMatching {
    enum class Cardinality { kOneToOne, kManyToOne, kOneToMany };
    bool on = false;
    std::vector<std::string> labels;
    Cardinality cardinality = Cardinality::kOneToOne;
    std::vector<std::string> include;
};
/// `left op right`
struct BinaryOperation {
    BinaryOp op = BinaryOp::kAdd;
    bool return_bool = false;
    std::optional<VectorMatching> matching;  ///< Only if written.
    ExprPtr left;
    ExprPtr right;
};
/// `label_replace(inner, destination, replacement, source, regex)`
struct LabelReplace {
    ExprPtr inner;
    std::string destination;
    std::string replacement;
    std::string source;
    std::string regex;
};
/// A number.
struct Literal {
    double value = 0;
};
/// `vector(number)`
struct VectorLiteral {
    double value = 0;
};

/// A query, or a part of one.
struct Expr {
    std::variant<LogExpr, RangeAggregation, VectorAggregation, BinaryOperation, LabelReplace,
                 Literal, VectorLiteral>
        node;

    bool is_log() const { return std::holds_alternative<LogExpr>(node); }
};

}  // namespace skald::read
