// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/ast.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald::read {

// Whether two trees say the same. How a literal was written (`60s`, `1m`) and which word joined two
// conditions (`and`, `,`) do not count. NaN equals NaN.

inline bool same_number(double a, double b) {
    return a == b || (a != a && b != b);
}

inline bool same(const Matcher& a, const Matcher& b) {
    return a.op() == b.op() && a.name() == b.name() && a.value() == b.value();
}
inline bool same(const std::optional<Matcher>& a, const std::optional<Matcher>& b) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

template <class T>
bool same_list(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const T& x, const T& y) { return same(x, y); });
}

inline bool same(const LabelFilter& a, const LabelFilter& b) {
    using Kind = LabelFilter::Kind;
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::kAnd:
        case Kind::kOr: return same(*a.left, *b.left) && same(*a.right, *b.right);
        case Kind::kString: return same(a.matcher, b.matcher);
        case Kind::kIp:
        case Kind::kBytes: return a.name == b.name && a.compare == b.compare && a.text == b.text;
        default:
            return a.name == b.name && a.compare == b.compare && same_number(a.number, b.number);
    }
}
inline bool same(const LineFilter& a, const LineFilter& b) {
    return a.op == b.op &&
           std::equal(a.alternatives.begin(), a.alternatives.end(), b.alternatives.begin(),
                      b.alternatives.end(), [](const auto& x, const auto& y) {
                          return x.text == y.text && x.is_ip == y.is_ip;
                      });
}
inline bool same(const Extraction& a, const Extraction& b) {
    return a.name == b.name && a.expression == b.expression;
}
inline bool same(const JsonStage& a, const JsonStage& b) {
    return same_list(a.extractions, b.extractions);
}
inline bool same(const LogfmtStage& a, const LogfmtStage& b) {
    return a.strict == b.strict && a.keep_empty == b.keep_empty &&
           same_list(a.extractions, b.extractions);
}
inline bool same(const RegexpStage& a, const RegexpStage& b) {
    return a.pattern == b.pattern;
}
inline bool same(const PatternStage& a, const PatternStage& b) {
    return a.pattern == b.pattern;
}
inline bool same(const UnpackStage&, const UnpackStage&) {
    return true;
}
inline bool same(const LineFormatStage& a, const LineFormatStage& b) {
    return a.text == b.text;
}
inline bool same(const LabelFormatStage::Item& a, const LabelFormatStage::Item& b) {
    return a.name == b.name && a.rename == b.rename && a.value == b.value;
}
inline bool same(const LabelFormatStage& a, const LabelFormatStage& b) {
    return same_list(a.items, b.items);
}
inline bool same(const DecolorizeStage&, const DecolorizeStage&) {
    return true;
}
inline bool same(const LabelChoice& a, const LabelChoice& b) {
    return a.name == b.name && same(a.matcher, b.matcher);
}
inline bool same(const DropStage& a, const DropStage& b) {
    return same_list(a.choices, b.choices);
}
inline bool same(const KeepStage& a, const KeepStage& b) {
    return same_list(a.choices, b.choices);
}
inline bool same(const Stage& a, const Stage& b) {
    return a.index() == b.index() &&
           std::visit(
               [&](const auto& stage) {
                   return same(stage, std::get<std::decay_t<decltype(stage)>>(b));
               },
               a);
}
inline bool same(const LogExpr& a, const LogExpr& b) {
    return same_list(a.matchers, b.matchers) && same_list(a.stages, b.stages);
}
inline bool same(const Unwrap& a, const Unwrap& b) {
    return a.label == b.label && a.conversion == b.conversion && same_list(a.filters, b.filters);
}
inline bool same(const Grouping& a, const Grouping& b) {
    return a.without == b.without && a.labels == b.labels;
}
template <class T>
bool same_option(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
}
inline bool same(const VectorMatching& a, const VectorMatching& b) {
    return a.on == b.on && a.labels == b.labels && a.cardinality == b.cardinality &&
           a.include == b.include;
}

bool same(const Expr& a, const Expr& b);

inline bool same(const RangeAggregation& a, const RangeAggregation& b) {
    return a.op == b.op && a.parameter == b.parameter && same(a.range.log, b.range.log) &&
           a.range.range == b.range.range && a.range.offset == b.range.offset &&
           same_option(a.range.unwrap, b.range.unwrap) && same_option(a.grouping, b.grouping);
}
inline bool same(const VectorAggregation& a, const VectorAggregation& b) {
    return a.op == b.op && a.parameter == b.parameter && same(*a.inner, *b.inner) &&
           same_option(a.grouping, b.grouping);
}
inline bool same(const BinaryOperation& a, const BinaryOperation& b) {
    return a.op == b.op && a.return_bool == b.return_bool && same_option(a.matching, b.matching) &&
           same(*a.left, *b.left) && same(*a.right, *b.right);
}
inline bool same(const LabelReplace& a, const LabelReplace& b) {
    return same(*a.inner, *b.inner) && a.destination == b.destination &&
           a.replacement == b.replacement && a.source == b.source && a.regex == b.regex;
}
inline bool same(const Literal& a, const Literal& b) {
    return same_number(a.value, b.value);
}
inline bool same(const VectorLiteral& a, const VectorLiteral& b) {
    return same_number(a.value, b.value);
}

inline bool same(const Expr& a, const Expr& b) {
    return a.node.index() == b.node.index() &&
           std::visit(
               [&](const auto& node) {
                   return same(node, std::get<std::decay_t<decltype(node)>>(b.node));
               },
               a.node);
}

}  // namespace skald::read
