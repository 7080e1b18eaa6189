// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/assert.h>
#include <skald/read/logql/ast.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::read {

/// Makes random queries that pass every static check, as trees. Same seed, same queries.
/// Threading: single-owner.
class LogqlGenerator {
public:
    explicit LogqlGenerator(std::uint64_t seed) : random_(seed) {}

    Expr query() {
        if (below(3) == 0) return Expr{log()};
        return metric(static_cast<int>(below(5)));
    }

    LogExpr log() {
        LogExpr log;
        log.matchers.push_back(matcher(MatchOp::kEqual, name(), "v" + text()));
        for (std::uint64_t i = below(3); i > 0; --i) log.matchers.push_back(matcher());
        for (std::uint64_t i = below(4); i > 0; --i) {
            Stage next = stage();
            // `| drop a != "x"` has one reading, and it is not a line filter behind `drop a`.
            auto* filter = std::get_if<LineFilter>(&next);
            if (filter != nullptr && !log.stages.empty() && ends_in_name(log.stages.back())) {
                filter->op = LineFilterOp::kContains;
            }
            log.stages.push_back(std::move(next));
        }
        return log;
    }

    Stage stage() {
        switch (below(14)) {
            case 0: return JsonStage{extractions({"a", "a.b[0]", "[\"k\"]"})};
            case 1: return LogfmtStage{flip(), flip(), extractions({"a", "_b1", "\"k\""})};
            case 2: return RegexpStage{"(?P<" + name() + ">[a-z]+) " + word()};
            case 3: return PatternStage{"<" + word() + "> " + word() + " <_>"};
            case 4: return UnpackStage{};
            case 5: return LineFormatStage{text()};
            case 6: return label_format();
            case 7: return DecolorizeStage{};
            case 8: return DropStage{choices()};
            case 9: return KeepStage{choices()};
            case 10:
            case 11: return label_filter(static_cast<int>(below(4)));
            default: return line_filter();
        }
    }

    LineFilter line_filter() {
        LineFilter filter;
        filter.op = static_cast<LineFilterOp>(below(6));
        const bool contains =
            filter.op == LineFilterOp::kContains || filter.op == LineFilterOp::kNotContains;
        const bool pattern =
            filter.op == LineFilterOp::kPattern || filter.op == LineFilterOp::kNotPattern;
        for (std::uint64_t i = 1 + below(3); i > 0; --i) {
            if (contains && below(5) == 0) {
                filter.alternatives.push_back(
                    {pick({"10.0.0.0/8", "::1", "1.2.3.4-1.2.3.9"}), true});
            } else if (contains) {
                filter.alternatives.push_back({text(), false});
            } else {
                filter.alternatives.push_back({word() + (pattern ? "<_>" : ".*") + word(), false});
            }
        }
        return filter;
    }

    LabelFilter label_filter(int depth) {
        LabelFilter filter;
        if (depth > 0) {
            filter.kind = flip() ? LabelFilter::Kind::kAnd : LabelFilter::Kind::kOr;
            filter.left = std::make_shared<const LabelFilter>(label_filter(depth - 1));
            filter.right = std::make_shared<const LabelFilter>(
                label_filter(static_cast<int>(below(static_cast<std::uint64_t>(depth)))));
            return filter;
        }
        filter.name = name();
        filter.compare = static_cast<Compare>(below(6));
        switch (below(5)) {
            case 0: {
                static constexpr DurationNs kUnits[] = {1, 1000, 1'500'000, 3'600'000'000'000};
                filter.kind = LabelFilter::Kind::kDuration;
                const auto count = static_cast<DurationNs>(below(1000)) - 200;
                filter.number = static_cast<double>(count * kUnits[below(4)]);
                break;
            }
            case 1:
                filter.kind = LabelFilter::Kind::kBytes;
                filter.text =
                    std::to_string(1 + below(500)) + pick({"B", "KB", "KiB", "MB", "GiB"});
                break;
            case 2:
                filter.kind = LabelFilter::Kind::kNumber;
                filter.number = number();
                break;
            case 3:
                filter.kind = LabelFilter::Kind::kIp;
                filter.compare = flip() ? Compare::kEqual : Compare::kNotEqual;
                filter.text = pick({"10.0.0.0/8", "::1", "1.2.3.4-1.2.3.9"});
                break;
            default:
                filter.name.clear();
                filter.compare = Compare::kEqual;
                filter.matcher = matcher();
                break;
        }
        return filter;
    }

    Expr metric(int depth) {
        if (depth <= 0) return below(6) == 0 ? Expr{VectorLiteral{positive()}} : Expr{range()};
        switch (below(4)) {
            case 0: return Expr{vector_aggregation(depth)};
            case 1: {
                LabelReplace replace;
                replace.inner = share(metric(depth - 1));
                replace.destination = name();
                replace.replacement = text();
                replace.source = name();
                replace.regex = "(" + word() + ").*";
                return Expr{std::move(replace)};
            }
            default: return Expr{binary(depth)};
        }
    }

    RangeAggregation range() {
        RangeAggregation aggregation;
        aggregation.op = static_cast<RangeOp>(below(15));
        aggregation.range.log = log();
        aggregation.range.range = static_cast<DurationNs>(1 + below(100'000)) * 1'000'000;
        if (below(3) == 0) {
            aggregation.range.offset = (static_cast<DurationNs>(below(2000)) - 1000) * 1'000'000;
        }
        const RangeOp op = aggregation.op;
        const bool never =
            op == RangeOp::kCount || op == RangeOp::kBytes || op == RangeOp::kBytesRate;
        const bool either = op == RangeOp::kRate || op == RangeOp::kAbsent;
        if (!never && (!either || flip())) aggregation.range.unwrap = unwrap();
        if (op == RangeOp::kQuantile) aggregation.parameter = positive();
        const bool groups = !never && !either && op != RangeOp::kSum && op != RangeOp::kRateCounter;
        if (groups && flip()) aggregation.grouping = grouping();
        return aggregation;
    }

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool flip() { return below(2) == 0; }

    /// A text with everything that quoting has to get right.
    std::string text() {
        std::string out;
        for (std::uint64_t i = below(6); i > 0; --i) {
            out += pick({"a", "\"", "\\", "\n", "`", "{{.x}}", "é", "\xff", std::string(1, '\0'),
                         "\u200b", "日", " ", "#", "//", "'"});
        }
        return out;
    }

private:
    std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }
    std::string word() { return pick({"alpha", "beta", "gamma", "delta"}); }
    /// Function names are label names, too.
    std::string name() {
        return pick({"app", "_x", "rate", "sum", "count", "bytes", "duration", "ip", "vector",
                     "status_2", "A"});
    }
    double number() { return pick_number({0, 1, -1, 5.5, 1e21, -2.5e-7, 123456789.125, 0.1}); }
    double positive() { return pick_number({0, 1, 0.99, 1e21, 2.5e-7, 123456789.125}); }
    double pick_number(std::vector<double> from) { return from[below(from.size())]; }

    Matcher matcher() {
        const auto op = static_cast<MatchOp>(below(4));
        const bool regex = op == MatchOp::kRegex || op == MatchOp::kNotRegex;
        return matcher(op, name(), regex ? word() + ".*" : text());
    }
    static Matcher matcher(MatchOp op, std::string name, std::string value) {
        Result<Matcher> made = Matcher::create(op, std::move(name), std::move(value));
        SKALD_ASSERT(made.has_value());
        return *std::move(made);
    }

    static bool ends_in_name(const Stage& stage) {
        const auto* drop = std::get_if<DropStage>(&stage);
        const auto* keep = std::get_if<KeepStage>(&stage);
        return (drop != nullptr && !drop->choices.back().matcher) ||
               (keep != nullptr && !keep->choices.back().matcher);
    }
    std::vector<Extraction> extractions(const std::vector<std::string>& expressions) {
        std::vector<Extraction> list;
        for (std::uint64_t i = below(3); i > 0; --i) {
            list.push_back({name(), pick(expressions)});
        }
        return list;
    }
    LabelFormatStage label_format() {
        LabelFormatStage stage;
        stage.items.push_back({"first", true, name()});
        if (flip()) stage.items.push_back({"second", false, text()});
        return stage;
    }
    std::vector<LabelChoice> choices() {
        std::vector<LabelChoice> list;
        for (std::uint64_t i = 1 + below(3); i > 0; --i) {
            LabelChoice choice{name(), std::nullopt};
            if (flip()) {
                choice.matcher = matcher();
                choice.name = choice.matcher->name();
            }
            list.push_back(std::move(choice));
        }
        return list;
    }
    Unwrap unwrap() {
        Unwrap unwrap;
        unwrap.label = name();
        unwrap.conversion = static_cast<UnwrapConversion>(below(4));
        for (std::uint64_t i = below(3); i > 0; --i) {
            unwrap.filters.push_back(label_filter(static_cast<int>(below(3))));
        }
        return unwrap;
    }
    std::vector<std::string> names() {
        std::vector<std::string> list;
        for (std::uint64_t i = below(3); i > 0; --i) list.push_back(name());
        return list;
    }
    Grouping grouping() { return {flip(), names()}; }

    VectorAggregation vector_aggregation(int depth) {
        VectorAggregation aggregation;
        aggregation.op = static_cast<VectorOp>(below(12));
        const VectorOp op = aggregation.op;
        const bool counted =
            op == VectorOp::kTopk || op == VectorOp::kBottomk || op == VectorOp::kApproxTopk;
        if (counted) aggregation.parameter = static_cast<std::int64_t>(1 + below(100));
        aggregation.inner = share(metric(depth - 1));
        const bool ungrouped =
            op == VectorOp::kSort || op == VectorOp::kSortDesc || op == VectorOp::kApproxTopk;
        if (!ungrouped && flip()) aggregation.grouping = grouping();
        return aggregation;
    }
    BinaryOperation binary(int depth) {
        BinaryOperation operation;
        operation.op = static_cast<BinaryOp>(below(15));
        operation.return_bool = below(4) == 0;
        operation.left = share(metric(depth - 1));
        // Two literals would be folded, and set operators take none.
        const bool set_operator = operation.op <= BinaryOp::kUnless;
        operation.right =
            share(!set_operator && below(4) == 0 ? Expr{Literal{number()}} : metric(depth - 2));
        if (below(3) == 0) {
            VectorMatching& matching = operation.matching.emplace();
            matching.on = flip();
            matching.labels = names();
            matching.cardinality = static_cast<VectorMatching::Cardinality>(below(3));
            if (matching.cardinality != VectorMatching::Cardinality::kOneToOne) {
                matching.include = names();
            }
        }
        if (!set_operator && below(8) == 0) {
            const Expr literal{Literal{number()}};
            if (!std::holds_alternative<Literal>(operation.right->node)) {
                operation.left = share(literal);
            }
        }
        return operation;
    }
    static ExprPtr share(Expr expr) { return std::make_shared<const Expr>(std::move(expr)); }

    std::mt19937_64 random_;
};

}  // namespace skald::read
