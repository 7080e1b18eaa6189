// SPDX-License-Identifier: Apache-2.0
//
// Trees back to text (spec: logql section 7). What is printed parses to the same tree, which is why
// infinities and NaN, that the language cannot spell, are printed as operations that give them.
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/parser.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

namespace skald::read {

namespace {

using Out = std::string;

/// Go's %v: the shortest digits, with an exponent from 1e21 and below 1e-4.
void put_number(Out& out, double value) {
    if (std::isnan(value)) {
        out += "(0 / 0)";
        return;
    }
    if (std::isinf(value)) {
        out += value < 0 ? "(-1e+308 * 10)" : "(1e+308 * 10)";
        return;
    }
    const double magnitude = std::fabs(value);
    if (magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e21)) {
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                       std::chars_format::scientific);
        out.append(text.data(), end.ptr);
        return;
    }
    out += format_float(value);
}

/// As %f prints it if that keeps the value.
void put_vector(Out& out, double value) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%f", value);
    const Result<double> back = parse_float(text.data());
    out += "vector(";
    if (back && *back == value) {
        out += text.data();
    } else {
        put_number(out, value);
    }
    out.push_back(')');
}

void put_names(Out& out, const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out.push_back(',');
        out += names[i];
    }
}

std::string_view text_of(LineFilterOp op) {
    switch (op) {
        case LineFilterOp::kContains: return "|=";
        case LineFilterOp::kNotContains: return "!=";
        case LineFilterOp::kRegex: return "|~";
        case LineFilterOp::kNotRegex: return "!~";
        case LineFilterOp::kPattern: return "|>";
        case LineFilterOp::kNotPattern: return "!>";
    }
    return "|=";
}

std::string_view text_of(Compare compare) {
    switch (compare) {
        case Compare::kEqual: return "=";
        case Compare::kNotEqual: return "!=";
        case Compare::kGreater: return ">";
        case Compare::kGreaterEqual: return ">=";
        case Compare::kLess: return "<";
        case Compare::kLessEqual: return "<=";
    }
    return "=";
}

void put_filter(Out& out, const LabelFilter& filter) {
    using Kind = LabelFilter::Kind;
    if (filter.kind == Kind::kAnd || filter.kind == Kind::kOr) {
        out += "( ";
        put_filter(out, *filter.left);
        out += filter.kind == Kind::kOr ? " or " : " , ";
        put_filter(out, *filter.right);
        out += " )";
        return;
    }
    if (filter.kind == Kind::kString) {
        out += filter.matcher->to_string();
        return;
    }
    out += filter.name;
    out += text_of(filter.compare);
    switch (filter.kind) {
        case Kind::kIp:
            out += "ip(";
            append_go_quoted(out, filter.text);
            out.push_back(')');
            break;
        case Kind::kDuration:
            out += format_go_duration(static_cast<DurationNs>(filter.number));
            break;
        case Kind::kBytes: out += filter.text; break;
        default: out += format_float(filter.number); break;
    }
}

void put_matchers(Out& out, const std::vector<Matcher>& matchers) {
    out.push_back('{');
    for (std::size_t i = 0; i < matchers.size(); ++i) {
        if (i > 0) out += ", ";
        out += matchers[i].to_string();
    }
    out.push_back('}');
}

/// One stage, with its operator or bar in front.
struct StagePrinter {
    Out& out;

    void operator()(const LineFilter& filter) const {
        out += text_of(filter.op);
        for (std::size_t i = 0; i < filter.alternatives.size(); ++i) {
            const LineFilter::Alternative& alternative = filter.alternatives[i];
            out += i > 0 ? " or " : " ";
            if (alternative.is_ip) out += "ip(";
            append_go_quoted(out, alternative.text);
            if (alternative.is_ip) out.push_back(')');
        }
    }
    void operator()(const LabelFilter& filter) const {
        out += "| ";
        put_filter(out, filter);
    }
    void operator()(const JsonStage& stage) const {
        out += "| json";
        put_extractions(stage.extractions);
    }
    void operator()(const LogfmtStage& stage) const {
        out += "| logfmt";
        if (stage.strict) out += " --strict";
        if (stage.keep_empty) out += " --keep-empty";
        put_extractions(stage.extractions);
    }
    void operator()(const RegexpStage& stage) const { put_text("| regexp ", stage.pattern); }
    void operator()(const PatternStage& stage) const { put_text("| pattern ", stage.pattern); }
    void operator()(const UnpackStage&) const { out += "| unpack"; }
    void operator()(const LineFormatStage& stage) const { put_text("| line_format ", stage.text); }
    void operator()(const LabelFormatStage& stage) const {
        out += "| label_format ";
        for (std::size_t i = 0; i < stage.items.size(); ++i) {
            const LabelFormatStage::Item& item = stage.items[i];
            if (i > 0) out.push_back(',');
            out += item.name + "=";
            if (item.rename) {
                out += item.value;
            } else {
                append_go_quoted(out, item.value);
            }
        }
    }
    void operator()(const DecolorizeStage&) const { out += "| decolorize"; }
    void operator()(const DropStage& stage) const {
        out += "| drop ";
        put_choices(stage.choices);
    }
    void operator()(const KeepStage& stage) const {
        out += "| keep ";
        put_choices(stage.choices);
    }

    void put_text(std::string_view name, std::string_view text) const {
        out += name;
        append_go_quoted(out, text);
    }
    void put_extractions(const std::vector<Extraction>& list) const {
        for (std::size_t i = 0; i < list.size(); ++i) {
            out.push_back(i > 0 ? ',' : ' ');
            out += list[i].name + "=";
            append_go_quoted(out, list[i].expression);
        }
    }
    void put_choices(const std::vector<LabelChoice>& choices) const {
        for (std::size_t i = 0; i < choices.size(); ++i) {
            if (i > 0) out.push_back(',');
            out += choices[i].matcher ? choices[i].matcher->to_string() : choices[i].name;
        }
    }
};

void put_log(Out& out, const LogExpr& log) {
    put_matchers(out, log.matchers);
    for (const Stage& stage : log.stages) {
        out.push_back(' ');
        std::visit(StagePrinter{out}, stage);
    }
}

void put_unwrap(Out& out, const Unwrap& unwrap) {
    out += " | unwrap ";
    switch (unwrap.conversion) {
        case UnwrapConversion::kNone: out += unwrap.label; break;
        case UnwrapConversion::kBytes: out += "bytes(" + unwrap.label + ")"; break;
        case UnwrapConversion::kDuration: out += "duration(" + unwrap.label + ")"; break;
        case UnwrapConversion::kDurationSeconds:
            out += "duration_seconds(" + unwrap.label + ")";
            break;
    }
    for (const LabelFilter& filter : unwrap.filters) {
        out += " | ";
        put_filter(out, filter);
    }
}

void put_grouping(Out& out, const Grouping& grouping) {
    out += grouping.without ? " without (" : " by (";
    put_names(out, grouping.labels);
    out.push_back(')');
}

struct ExprPrinter {
    Out& out;

    void operator()(const LogExpr& log) const { put_log(out, log); }
    void operator()(const RangeAggregation& aggregation) const {
        out += to_string(aggregation.op);
        out.push_back('(');
        if (aggregation.parameter) {
            put_number(out, *aggregation.parameter);
            out.push_back(',');
        }
        put_log(out, aggregation.range.log);
        if (aggregation.range.unwrap) put_unwrap(out, *aggregation.range.unwrap);
        out += "[" + format_prometheus_duration(aggregation.range.range) + "]";
        if (aggregation.range.offset != 0) {
            out += " offset " + format_go_duration(aggregation.range.offset);
        }
        out.push_back(')');
        if (aggregation.grouping) put_grouping(out, *aggregation.grouping);
    }
    void operator()(const VectorAggregation& aggregation) const {
        out += to_string(aggregation.op);
        if (aggregation.grouping) put_grouping(out, *aggregation.grouping);
        out.push_back('(');
        if (aggregation.parameter) out += std::to_string(*aggregation.parameter) + ",";
        put(*aggregation.inner);
        out.push_back(')');
    }
    void operator()(const BinaryOperation& operation) const {
        out.push_back('(');
        put(*operation.left);
        out.push_back(' ');
        out += to_string(operation.op);
        if (operation.return_bool) out += " bool";
        if (operation.matching) put_matching(*operation.matching);
        out.push_back(' ');
        put(*operation.right);
        out.push_back(')');
    }
    void operator()(const LabelReplace& replace) const {
        out += "label_replace(";
        put(*replace.inner);
        for (const std::string* argument :
             {&replace.destination, &replace.replacement, &replace.source, &replace.regex}) {
            out.push_back(',');
            append_go_quoted(out, *argument);
        }
        out.push_back(')');
    }
    void operator()(const Literal& literal) const { put_number(out, literal.value); }
    void operator()(const VectorLiteral& vector) const { put_vector(out, vector.value); }

    void put(const Expr& expr) const { std::visit(*this, expr.node); }
    void put_matching(const VectorMatching& matching) const {
        using Cardinality = VectorMatching::Cardinality;
        out += matching.on ? " on (" : " ignoring (";
        put_names(out, matching.labels);
        out.push_back(')');
        if (matching.cardinality == Cardinality::kOneToOne) return;
        out += matching.cardinality == Cardinality::kManyToOne ? " group_left (" : " group_right (";
        put_names(out, matching.include);
        out.push_back(')');
    }
};

}  // namespace

std::string to_string(const Expr& expr) {
    std::string out;
    ExprPrinter{out}.put(expr);
    return out;
}

std::string to_string(const LogExpr& log) {
    std::string out;
    put_log(out, log);
    return out;
}

std::string to_string(const Stage& stage) {
    std::string out;
    std::visit(StagePrinter{out}, stage);
    return out;
}

std::string_view to_string(RangeOp op) noexcept {
    switch (op) {
        case RangeOp::kCount: return "count_over_time";
        case RangeOp::kRate: return "rate";
        case RangeOp::kRateCounter: return "rate_counter";
        case RangeOp::kBytes: return "bytes_over_time";
        case RangeOp::kBytesRate: return "bytes_rate";
        case RangeOp::kAvg: return "avg_over_time";
        case RangeOp::kSum: return "sum_over_time";
        case RangeOp::kMin: return "min_over_time";
        case RangeOp::kMax: return "max_over_time";
        case RangeOp::kStdvar: return "stdvar_over_time";
        case RangeOp::kStddev: return "stddev_over_time";
        case RangeOp::kQuantile: return "quantile_over_time";
        case RangeOp::kFirst: return "first_over_time";
        case RangeOp::kLast: return "last_over_time";
        case RangeOp::kAbsent: return "absent_over_time";
    }
    return "";
}

std::string_view to_string(VectorOp op) noexcept {
    switch (op) {
        case VectorOp::kSum: return "sum";
        case VectorOp::kAvg: return "avg";
        case VectorOp::kCount: return "count";
        case VectorOp::kMax: return "max";
        case VectorOp::kMin: return "min";
        case VectorOp::kStddev: return "stddev";
        case VectorOp::kStdvar: return "stdvar";
        case VectorOp::kBottomk: return "bottomk";
        case VectorOp::kTopk: return "topk";
        case VectorOp::kSort: return "sort";
        case VectorOp::kSortDesc: return "sort_desc";
        case VectorOp::kApproxTopk: return "approx_topk";
    }
    return "";
}

std::string_view to_string(BinaryOp op) noexcept {
    switch (op) {
        case BinaryOp::kOr: return "or";
        case BinaryOp::kAnd: return "and";
        case BinaryOp::kUnless: return "unless";
        case BinaryOp::kEqual: return "==";
        case BinaryOp::kNotEqual: return "!=";
        case BinaryOp::kLess: return "<";
        case BinaryOp::kLessEqual: return "<=";
        case BinaryOp::kGreater: return ">";
        case BinaryOp::kGreaterEqual: return ">=";
        case BinaryOp::kAdd: return "+";
        case BinaryOp::kSub: return "-";
        case BinaryOp::kMul: return "*";
        case BinaryOp::kDiv: return "/";
        case BinaryOp::kMod: return "%";
        case BinaryOp::kPow: return "^";
    }
    return "";
}

}  // namespace skald::read
