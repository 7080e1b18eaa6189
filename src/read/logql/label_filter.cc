// SPDX-License-Identifier: Apache-2.0
#include "ip_filter.h"
#include "label_regex.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/label_filter.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

using Outcome = LabelFilterProgram::Outcome;

constexpr std::string_view kError = "__error__";
constexpr std::string_view kErrorDetails = "__error_details__";

template <class Number>
bool compare(Compare op, Number left, Number right) {
    switch (op) {
        case Compare::kEqual: return left == right;
        case Compare::kNotEqual: return left != right;
        case Compare::kGreater: return left > right;
        case Compare::kGreaterEqual: return left >= right;
        case Compare::kLess: return left < right;
        case Compare::kLessEqual: return left <= right;
    }
    return false;
}

/// The labels of a row, with the error that an earlier condition of the same filter has set.
struct Row {
    const LabelLookup& labels;
    Outcome& outcome;

    std::optional<std::string_view> find(std::string_view name) const {
        if (!outcome.error.empty()) {
            if (name == kError) return outcome.error;
            if (name == kErrorDetails) return outcome.error_details;
        }
        return labels.find(name);
    }
    bool has_error() const { return !find(kError).value_or("").empty(); }
    /// The first error stays.
    void fail(const std::string& details) const {
        if (has_error()) return;
        outcome.error = "LabelFilterErr";
        outcome.error_details = details;
    }
};

/// One comparison with a literal of type Number.
template <class Number>
bool compare_label(const Row& row, const std::string& name, Compare op, Number literal,
                   Result<Number> (*convert)(std::string_view)) {
    const std::optional<std::string_view> value = row.find(name);
    if (!value) return false;
    const Result<Number> number = convert(*value);
    if (!number) {
        row.fail(number.error().message);
        return true;
    }
    return compare(op, *number, literal);
}

/// A condition, and where to go on when it is known.
struct Step {
    LabelFilter::Kind kind = LabelFilter::Kind::kString;
    std::optional<Matcher> matcher;
    std::string name;
    Compare compare = Compare::kEqual;
    double number = 0;
    DurationNs duration = 0;
    std::uint64_t bytes = 0;
    std::optional<IpFilter> ip;
    std::size_t if_true = 0;
    std::size_t if_false = 0;

    bool holds(const Row& row) const {
        using Kind = LabelFilter::Kind;
        switch (kind) {
            case Kind::kString: return matcher->matches(row.find(matcher->name()).value_or(""));
            case Kind::kIp: return ip_holds(row);
            case Kind::kDuration:
                return compare_label<DurationNs>(row, name, compare, duration, parse_go_duration);
            case Kind::kBytes:
                return compare_label<std::uint64_t>(row, name, compare, bytes,
                                                    parse_humanized_bytes);
            default: return compare_label<double>(row, name, compare, number, parse_float);
        }
    }
    bool ip_holds(const Row& row) const {
        if (row.has_error()) return true;
        const std::optional<std::string_view> value = row.find(name);
        return value && ip->found_in(*value) == (compare == Compare::kEqual);
    }
};

/// The tree as a list of conditions with jumps: no recursion for a row.
class Program final : public LabelFilterProgram {
public:
    static Result<std::shared_ptr<const LabelFilterProgram>> create(const LabelFilter& filter) {
        auto program = std::make_shared<Program>();
        SKALD_CHECK(program->add(filter, kYes, kNo));
        program->resolve_jumps();
        std::vector<std::string>& names = program->names_;
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        return std::shared_ptr<const LabelFilterProgram>(std::move(program));
    }

    Outcome evaluate(const LabelLookup& labels) const override {
        Outcome outcome;
        const Row row{labels, outcome};
        std::size_t at = 0;
        while (at < steps_.size()) {
            at = steps_[at].holds(row) ? steps_[at].if_true : steps_[at].if_false;
        }
        outcome.keep = at == kYes;
        return outcome;
    }
    const std::vector<std::string>& names() const override { return names_; }

private:
    static constexpr std::size_t kYes = ~std::size_t{0};
    static constexpr std::size_t kNo = kYes - 1;
    static constexpr std::size_t kFirstLabel = kYes / 2;

    /// Writes the conditions of a tree; recursion is bounded by the parser's depth. Where the right
    /// side begins is known only when the left side is written: until then jumps name a label.
    Result<void> add(const LabelFilter& filter, std::size_t if_true, std::size_t if_false) {
        using Kind = LabelFilter::Kind;
        if (filter.kind != Kind::kAnd && filter.kind != Kind::kOr) {
            return add_condition(filter, if_true, if_false);
        }
        const bool both = filter.kind == Kind::kAnd;
        const std::size_t label = labels_.size();
        labels_.push_back(0);
        const std::size_t right = kFirstLabel + label;
        SKALD_CHECK(add(*filter.left, both ? right : if_true, both ? if_false : right));
        labels_[label] = steps_.size();
        return add(*filter.right, if_true, if_false);
    }

    std::size_t resolve(std::size_t target) const {
        const bool is_label = target >= kFirstLabel && target < kNo;
        return is_label ? labels_[target - kFirstLabel] : target;
    }
    void resolve_jumps() {
        for (Step& step : steps_) {
            step.if_true = resolve(step.if_true);
            step.if_false = resolve(step.if_false);
        }
        labels_ = {};
    }

    Result<void> add_condition(const LabelFilter& filter, std::size_t if_true,
                               std::size_t if_false) {
        using Kind = LabelFilter::Kind;
        Step step;
        step.kind = filter.kind;
        if (filter.matcher) step.matcher = as_label_filter(*filter.matcher);
        step.name = filter.kind == Kind::kString ? filter.matcher->name() : filter.name;
        step.compare = filter.compare;
        step.number = filter.number;
        if (filter.kind == Kind::kIp) {
            SKALD_TRY(IpFilter ip, IpFilter::create(filter.text));
            step.ip = std::move(ip);
            names_.emplace_back(kError);
        }
        if (filter.kind == Kind::kDuration) step.duration = duration_of(filter);
        if (filter.kind == Kind::kBytes) step.bytes = bytes_of(filter);
        step.if_true = if_true;
        step.if_false = if_false;
        names_.push_back(step.name);
        steps_.push_back(std::move(step));
        return {};
    }

    /// From the text, because a double does not hold every nanosecond.
    static DurationNs duration_of(const LabelFilter& filter) {
        const bool negative = filter.text.starts_with('-');
        const std::string_view text = std::string_view(filter.text).substr(negative ? 1 : 0);
        Result<DurationNs> length = parse_prometheus_duration(text);
        if (!length) length = parse_go_duration(text);
        if (!length) return static_cast<DurationNs>(filter.number);
        return negative ? -*length : *length;
    }
    static std::uint64_t bytes_of(const LabelFilter& filter) {
        const Result<std::uint64_t> size = parse_humanized_bytes(filter.text);
        return size ? *size : static_cast<std::uint64_t>(filter.number);
    }

    std::vector<Step> steps_;
    std::vector<std::size_t> labels_;  ///< Steps that labels stand for; empty once resolved.
    std::vector<std::string> names_;
};

}  // namespace

Result<std::shared_ptr<const LabelFilterProgram>> LabelFilterProgram::compile(
    const LabelFilter& filter) {
    return Program::create(filter);
}

}  // namespace skald::read
