// SPDX-License-Identifier: Apache-2.0
//
// The text of format_query (logql 7): what is longer than a line is split, two blanks a level.
#include <skald/foundation/model/split.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/parser.h>

#include <string>
#include <variant>
#include <vector>

namespace skald::read {

namespace {

constexpr std::size_t kLineMax = 100;

std::string indented(std::size_t level, const std::string& text) {
    return std::string(2 * level, ' ') + text;
}

std::string text_of(const Expr& expr) {
    return to_string(expr);
}
std::string text_of(const LogExpr& log) {
    return to_string(log);
}

std::string pretty_log(const LogExpr& log, std::size_t level) {
    const std::string text = text_of(log);
    if (log.stages.empty() || text.size() <= kLineMax) return indented(level, text);
    std::string out = indented(level, to_string(LogExpr{log.matchers, {}}));
    for (const Stage& stage : log.stages) out += "\n" + indented(level + 1, to_string(stage));
    return out;
}

std::string pretty_grouping(const Grouping& grouping) {
    if (grouping.labels.empty()) return grouping.without ? " without" : "";
    return (grouping.without ? " without (" : " by (") + joined(grouping.labels, ", ") + ") ";
}

std::string operator_text(const BinaryOperation& operation) {
    std::string out(to_string(operation.op));
    if (operation.return_bool) out += " bool";
    if (!operation.matching) return out;
    const VectorMatching& matching = *operation.matching;
    using Cardinality = VectorMatching::Cardinality;
    if (matching.on || !matching.labels.empty()) {
        out += (matching.on ? " on (" : " ignoring (") + joined(matching.labels, ", ") + ")";
    }
    if (matching.cardinality == Cardinality::kOneToOne) return out;
    out += matching.cardinality == Cardinality::kManyToOne ? " group_left" : " group_right";
    return matching.include.empty() ? out : out + " (" + joined(matching.include, ", ") + ")";
}

std::string pretty(const Expr& expr, std::size_t level);

std::string pretty_unwrap(const Unwrap& unwrap, std::size_t level) {
    std::string label = unwrap.label;
    switch (unwrap.conversion) {
        case UnwrapConversion::kNone: break;
        case UnwrapConversion::kBytes: label = "bytes(" + label + ")"; break;
        case UnwrapConversion::kDuration: label = "duration(" + label + ")"; break;
        case UnwrapConversion::kDurationSeconds: label = "duration_seconds(" + label + ")"; break;
    }
    std::string out = "\n" + indented(level, "| unwrap " + label);
    for (const LabelFilter& filter : unwrap.filters) {
        out += "\n" + indented(level, to_string(Stage(filter)));
    }
    return out;
}

std::string pretty_range(const LogRange& range, std::size_t level) {
    std::string out = pretty_log(range.log, level);
    if (range.unwrap) out += pretty_unwrap(*range.unwrap, level + 1);
    out += " [" + format_prometheus_duration(range.range) + "]";
    if (range.offset == 0) return out;
    const bool negative = range.offset < 0;
    return out + " offset " + (negative ? "-" : "") +
           format_prometheus_duration(negative ? -range.offset : range.offset);
}

std::string call(std::string_view name, const std::vector<std::string>& arguments,
                 std::size_t level) {
    std::string out = indented(level, std::string(name)) + "(\n";
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        out += arguments[i] + (i + 1 < arguments.size() ? ",\n" : "\n");
    }
    return out + indented(level, ")");
}

/// The nodes of expressions that are too long for a line.
struct Split {
    std::size_t level;

    std::string operator()(const LogExpr& log) const { return pretty_log(log, level); }
    std::string operator()(const RangeAggregation& aggregation) const {
        std::vector<std::string> arguments;
        if (aggregation.parameter) {
            arguments.push_back(
                indented(level + 1, text_of(Expr{Literal{*aggregation.parameter}})));
        }
        arguments.push_back(pretty_range(aggregation.range, level + 1));
        std::string out = call(to_string(aggregation.op), arguments, level);
        if (aggregation.grouping) out += pretty_grouping(*aggregation.grouping);
        return out;
    }
    std::string operator()(const VectorAggregation& aggregation) const {
        std::vector<std::string> arguments;
        if (aggregation.parameter) {
            arguments.push_back(indented(level + 1, std::to_string(*aggregation.parameter)));
        }
        arguments.push_back(pretty(*aggregation.inner, level + 1));
        std::string name(to_string(aggregation.op));
        if (aggregation.grouping) name += pretty_grouping(*aggregation.grouping);
        return call(name, arguments, level);
    }
    std::string operator()(const BinaryOperation& operation) const {
        return pretty(*operation.left, level + 1) + "\n" +
               indented(level, operator_text(operation)) + "\n" +
               pretty(*operation.right, level + 1);
    }
    std::string operator()(const LabelReplace& replace) const {
        std::vector<std::string> arguments{pretty(*replace.inner, level + 1)};
        for (const std::string* text :
             {&replace.destination, &replace.replacement, &replace.source, &replace.regex}) {
            arguments.push_back(indented(level + 1, go_quote(*text)));
        }
        return call("label_replace", arguments, level);
    }
    std::string operator()(const Literal& literal) const {
        return indented(level, text_of(Expr{literal}));
    }
    std::string operator()(const VectorLiteral& vector) const {
        return indented(level, text_of(Expr{vector}));
    }
};

std::string pretty(const Expr& expr, std::size_t level) {
    const std::string text = text_of(expr);
    return text.size() <= kLineMax ? indented(level, text) : std::visit(Split{level}, expr.node);
}

}  // namespace

std::string format_query(const Expr& expr) {
    std::string out = pretty(expr, 0);
    const std::string line = to_string(expr);
    // Split operations have no parentheses: where they would change the meaning, one line is
    // better.
    const Result<ExprPtr> again = parse_query(out);
    return again && to_string(**again) == line ? out : line;
}

}  // namespace skald::read
