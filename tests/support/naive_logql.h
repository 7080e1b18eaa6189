// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>
#include <skald/read/logql/ast.h>
#include <skald/read/querier/query.h>

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// The oracle for the engine: LogQL over a list of rows, one row and one step at a time.
namespace skald::support {

/// A stored row with everything that its answer depends on.
struct NaiveRow {
    Labels stream;
    TimeNs time = 0;
    std::string line;
    std::map<std::string, std::string> metadata;  ///< `detected_level` included.
    std::map<std::string, std::string> parsed;    ///< Of answers.
    Labels original;                              ///< Of answers: the stream before the stages.
    std::uint64_t generation = 0;                 ///< Order of arrival: generation, then position.
    std::uint64_t position = 0;
};

/// Evaluates parsed queries in the plainest way; slow. Threading: single-owner.
class NaiveLogql {
public:
    using LabelMap = std::map<std::string, std::string>;
    using Vector = std::map<LabelMap, double>;

    /// Of rows that are the same but for their arrival the first one stays.
    explicit NaiveLogql(std::vector<NaiveRow> rows) : rows_(std::move(rows)) {
        std::stable_sort(rows_.begin(), rows_.end(), [](const NaiveRow& a, const NaiveRow& b) {
            return std::tuple(a.time, a.generation, a.position) <
                   std::tuple(b.time, b.generation, b.position);
        });
        std::set<std::tuple<std::string, TimeNs, std::string, LabelMap>> seen;
        std::erase_if(rows_, [&](const NaiveRow& row) {
            return !seen.emplace(row.stream.to_string(), row.time, row.line, row.metadata).second;
        });
    }

    const std::vector<NaiveRow>& rows() const { return rows_; }

    /// Rows of a log query as the stages leave them, in the order of its direction.
    std::vector<NaiveRow> log(const read::LogExpr& expr, const read::QueryRequest& request) const {
        std::vector<NaiveRow> found;
        for (const NaiveRow& row : rows_) {
            if (row.time < request.start || row.time >= request.end) continue;
            if (const auto state = after_stages(expr, row)) found.push_back(shown(row, *state));
        }
        const bool backward = request.direction == read::Direction::kBackward;
        if (backward) std::reverse(found.begin(), found.end());
        std::stable_sort(found.begin(), found.end(), [&](const NaiveRow& a, const NaiveRow& b) {
            if (a.time != b.time) return backward ? a.time > b.time : a.time < b.time;
            return fingerprint(a.original) < fingerprint(b.original);
        });
        std::vector<NaiveRow> kept;
        for (const NaiveRow& row : found) {
            if (kept.size() == request.limit) break;
            const bool near =
                !kept.empty() && std::abs(kept.back().time - row.time) < request.interval;
            if (!near) kept.push_back(row);
        }
        return kept;
    }

    /// The vector of a metric expression at one time. `literal` is set instead for numbers.
    Vector at(const read::Expr& expr, TimeNs time, std::optional<double>* literal = nullptr) const {
        using read::BinaryOperation, read::Literal, read::RangeAggregation;
        using read::VectorAggregation, read::VectorLiteral;
        if (const auto* number = std::get_if<Literal>(&expr.node)) {
            *literal = number->value;
            return {};
        }
        if (const auto* vector = std::get_if<VectorLiteral>(&expr.node)) {
            return {{LabelMap{}, vector->value}};
        }
        if (const auto* range = std::get_if<RangeAggregation>(&expr.node)) {
            return range->range.unwrap ? sampled(*range, time) : count(*range, time);
        }
        if (const auto* replace = std::get_if<read::LabelReplace>(&expr.node)) {
            return replace_labels(*replace, at(*replace->inner, time));
        }
        if (const auto* aggregation = std::get_if<VectorAggregation>(&expr.node)) {
            return aggregate(*aggregation, at(*aggregation->inner, time));
        }
        return binary(std::get<BinaryOperation>(expr.node), time);
    }

private:
    static LabelMap to_map(const Labels& labels) {
        LabelMap map;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            map[std::string(labels[i].name)] = labels[i].value;
        }
        return map;
    }

    static std::uint64_t fingerprint(const Labels& labels) {
        std::string bytes;
        for (const auto& [name, value] : to_map(labels)) bytes += name + '\xFF' + value + '\xFF';
        return xxh64(bytes);
    }

    static std::string value(const LabelMap& labels, const std::string& name) {
        const auto found = labels.find(name);
        return found == labels.end() ? "" : found->second;
    }

    static bool keeps(const read::LabelFilter& filter, const LabelMap& labels) {
        using Kind = read::LabelFilter::Kind;
        if (filter.kind == Kind::kAnd) {
            return keeps(*filter.left, labels) && keeps(*filter.right, labels);
        }
        if (filter.kind == Kind::kOr) {
            return keeps(*filter.left, labels) || keeps(*filter.right, labels);
        }
        if (filter.kind == Kind::kString) {
            return filter.matcher->matches(value(labels, filter.matcher->name()));
        }
        if (!labels.contains(filter.name)) return false;
        const double number = std::strtod(labels.at(filter.name).c_str(), nullptr);
        switch (filter.compare) {
            case read::Compare::kGreater: return number > filter.number;
            case read::Compare::kGreaterEqual: return number >= filter.number;
            case read::Compare::kLess: return number < filter.number;
            case read::Compare::kLessEqual: return number <= filter.number;
            case read::Compare::kEqual: return number == filter.number;
            default: return number != filter.number;
        }
    }

    static bool keeps(const read::LineFilter& filter, const std::string& line) {
        bool any = false;
        const bool regex =
            filter.op == read::LineFilterOp::kRegex || filter.op == read::LineFilterOp::kNotRegex;
        for (const auto& each : filter.alternatives) {
            any |= regex ? RE2::PartialMatch(line, RE2(each.text))
                         : line.find(each.text) != std::string::npos;
        }
        const bool negative = filter.op == read::LineFilterOp::kNotContains ||
                              filter.op == read::LineFilterOp::kNotRegex;
        return any != negative;
    }

    enum Category { kStream, kMetadata, kParsed };
    /// A row between two stages.
    struct State {
        std::map<std::string, std::pair<Category, std::string>> labels;
        std::set<std::string> stream;  ///< Names, dropped or not.
        std::set<std::string> parsed;  ///< The same.
        std::string line;

        LabelMap map() const {
            LabelMap map;
            for (const auto& [name, label] : labels) map[name] = label.second;
            return map;
        }
        void extract(const std::string& key, const std::string& text) {
            const auto same = labels.find(key);
            const bool base =
                stream.contains(key) || (same != labels.end() && same->second.first == kMetadata);
            const std::string name = base ? key + "_extracted" : key;
            if (!parsed.contains(name)) set_parsed(name, text);
        }
        void set_parsed(const std::string& name, const std::string& text) {
            labels[name] = {kParsed, text};
            parsed.insert(name);
        }
    };

    /// `key=value` pairs without quotes.
    static void run_logfmt(State& state) {
        std::istringstream words(state.line);
        for (std::string word; words >> word;) {
            const std::size_t equal = word.find('=');
            if (equal == std::string::npos || equal + 1 == word.size()) continue;
            state.extract(word.substr(0, equal), word.substr(equal + 1));
        }
    }

    /// A flat object of texts without escapes, numbers and words; else an error.
    static void run_json(State& state) {
        static const RE2 object(R"re(\{("\w+":("[^"]*"|[\w.-]+),?)*\})re");
        if (!RE2::FullMatch(state.line, object)) {
            state.labels["__error__"] = {kParsed, "JSONParserErr"};
            return;
        }
        static const RE2 member(R"re("(\w+)":(?:"([^"]*)"|([\w.-]+)))re");
        re2::StringPiece rest(state.line);
        std::string key;
        std::string text;
        std::string other;
        while (RE2::FindAndConsume(&rest, member, &key, &text, &other)) {
            state.extract(key, other.empty() ? text : other);
        }
    }

    /// Templates of `{{.name}}` and text.
    static std::string render(const std::string& form, const State& state) {
        static const RE2 action(R"re(([^{]*)(?:\{\{\.(\w+)\}\})?)re");
        std::string out;
        re2::StringPiece rest(form);
        std::string text;
        std::string name;
        while (!rest.empty() && RE2::Consume(&rest, action, &text, &name)) {
            out += text;
            const auto found = state.labels.find(name);
            if (found != state.labels.end()) out += found->second.second;
        }
        return out;
    }

    static void run_label_format(const read::LabelFormatStage& stage, State& state) {
        const State before = state;
        for (const auto& item : stage.items) {
            if (!item.rename) {
                state.set_parsed(item.name, render(item.value, before));
                continue;
            }
            const auto source = state.labels.find(item.value);
            if (source == state.labels.end()) continue;
            const std::string text = source->second.second;
            state.labels.erase(source);
            state.set_parsed(item.name, text);
        }
    }

    template <class Choices>
    static bool chosen(const Choices& choices, const std::string& name, const std::string& text) {
        return std::any_of(choices.begin(), choices.end(), [&](const auto& choice) {
            return choice.name == name && (!choice.matcher || choice.matcher->matches(text));
        });
    }

    static bool run(const read::Stage& stage, State& state) {
        if (const auto* line = std::get_if<read::LineFilter>(&stage)) {
            return keeps(*line, state.line);
        }
        if (const auto* filter = std::get_if<read::LabelFilter>(&stage)) {
            return keeps(*filter, state.map());
        }
        if (const auto* drop = std::get_if<read::DropStage>(&stage)) {
            std::erase_if(state.labels, [&](const auto& label) {
                return chosen(drop->choices, label.first, label.second.second);
            });
        } else if (const auto* keep = std::get_if<read::KeepStage>(&stage)) {
            std::erase_if(state.labels, [&](const auto& label) {
                return label.first != "__error__" &&
                       !chosen(keep->choices, label.first, label.second.second);
            });
        } else if (std::holds_alternative<read::LogfmtStage>(stage)) {
            run_logfmt(state);
        } else if (std::holds_alternative<read::JsonStage>(stage)) {
            run_json(state);
        } else if (const auto* form = std::get_if<read::LineFormatStage>(&stage)) {
            state.line = render(form->text, state);
        } else if (const auto* format = std::get_if<read::LabelFormatStage>(&stage)) {
            run_label_format(*format, state);
        }
        return true;
    }

    /// The row behind the pipeline, or nothing if it is dropped.
    static std::optional<State> after_stages(const read::LogExpr& expr, const NaiveRow& row) {
        if (!matches_all(expr.matchers, row.stream)) return std::nullopt;
        State state{.labels = {}, .stream = {}, .parsed = {}, .line = row.line};
        for (const auto& [name, text] : to_map(row.stream)) {
            state.labels[name] = {kStream, text};
            state.stream.insert(name);
        }
        for (const auto& [name, text] : row.metadata) {
            const bool clash = state.stream.contains(name);
            state.labels[clash ? name + "_extracted" : name] = {kMetadata, text};
        }
        for (const read::Stage& stage : expr.stages) {
            if (!run(stage, state)) return std::nullopt;
        }
        return state;
    }

    static NaiveRow shown(NaiveRow row, const State& state) {
        std::vector<Labels::Pair> stream;
        row.metadata.clear();
        for (const auto& [name, label] : state.labels) {
            if (label.first == kStream) stream.emplace_back(name, label.second);
            if (label.first == kMetadata) row.metadata[name] = label.second;
            if (label.first == kParsed) row.parsed[name] = label.second;
        }
        row.original = row.stream;
        row.stream = Labels::from_pairs(std::move(stream));
        row.line = state.line;
        return row;
    }

    /// Functions of unwrapped values, from their definitions.
    Vector sampled(const read::RangeAggregation& aggregation, TimeNs time) const {
        const TimeNs last = time - aggregation.range.offset;
        const read::Unwrap& unwrap = *aggregation.range.unwrap;
        std::map<LabelMap, std::vector<double>> samples;
        for (const NaiveRow& row : in_stream_order()) {
            if (row.time <= last - aggregation.range.range || row.time > last) continue;
            const auto state = after_stages(aggregation.range.log, row);
            if (!state) continue;
            LabelMap labels = state->map();
            const std::string text = value(labels, unwrap.label);
            char* end = nullptr;
            const double number = std::strtod(text.c_str(), &end);
            if (text.empty() || *end != '\0') continue;  // Queries filter errors out.
            const auto& grouping = aggregation.grouping;
            if (!grouping || grouping->without) labels.erase(unwrap.label);
            samples[grouping ? group_of(grouping, labels) : labels].push_back(number);
        }
        Vector output;
        const double seconds = static_cast<double>(aggregation.range.range) / 1e9;
        for (auto& [labels, values] : samples) {
            output[labels] = function(aggregation, values, seconds);
        }
        return output;
    }

    /// Rows of one time by stream, as their order is defined.
    std::vector<NaiveRow> in_stream_order() const {
        std::vector<NaiveRow> rows = rows_;
        std::stable_sort(rows.begin(), rows.end(), [](const NaiveRow& a, const NaiveRow& b) {
            return a.time != b.time ? a.time < b.time
                                    : fingerprint(a.stream) < fingerprint(b.stream);
        });
        return rows;
    }

    static double function(const read::RangeAggregation& aggregation, std::vector<double> values,
                           double seconds) {
        const auto n = static_cast<double>(values.size());
        double sum = 0;
        for (const double each : values) sum += each;
        double squares = 0;
        for (const double each : values) squares += std::pow(each - sum / n, 2);
        switch (aggregation.op) {
            case read::RangeOp::kSum: return sum;
            case read::RangeOp::kRate: return sum / seconds;
            case read::RangeOp::kAvg: return sum / n;
            case read::RangeOp::kStdvar: return squares / n;
            case read::RangeOp::kStddev: return std::sqrt(squares / n);
            case read::RangeOp::kFirst: return values.front();
            case read::RangeOp::kLast: return values.back();
            case read::RangeOp::kMin: return *std::min_element(values.begin(), values.end());
            case read::RangeOp::kMax: return *std::max_element(values.begin(), values.end());
            default: break;
        }
        std::sort(values.begin(), values.end());
        const double rank = *aggregation.parameter * (n - 1);
        const auto low = static_cast<std::size_t>(rank);
        const std::size_t high = std::min(low + 1, values.size() - 1);
        return values[low] + (rank - static_cast<double>(low)) * (values[high] - values[low]);
    }

    static Vector replace_labels(const read::LabelReplace& replace, const Vector& input) {
        Vector output;
        for (const auto& [before, number] : input) {
            LabelMap labels = before;
            const std::string text = value(labels, replace.source);
            std::string result = text;
            if (RE2::FullMatch(text, RE2(replace.regex))) {
                // `${1}` is `\1` here.
                std::string rewrite = replace.replacement;
                RE2::GlobalReplace(&rewrite, R"(\$\{(\d)\})", R"(\\\1)");
                RE2::Replace(&result, "^(?:" + replace.regex + ")$", rewrite);
                labels.erase(replace.destination);
                if (!result.empty()) labels[replace.destination] = result;
            }
            // Queries sum series that become equal.
            output[labels] += number;
        }
        return output;
    }

    Vector count(const read::RangeAggregation& aggregation, TimeNs time) const {
        const TimeNs last = time - aggregation.range.offset;
        const bool bytes =
            aggregation.op == read::RangeOp::kBytes || aggregation.op == read::RangeOp::kBytesRate;
        const bool rate =
            aggregation.op == read::RangeOp::kRate || aggregation.op == read::RangeOp::kBytesRate;
        Vector counts;
        for (const NaiveRow& row : rows_) {
            if (row.time <= last - aggregation.range.range || row.time > last) continue;
            if (const auto state = after_stages(aggregation.range.log, row)) {
                counts[state->map()] += bytes ? static_cast<double>(state->line.size()) : 1;
            }
        }
        if (rate) {
            for (auto& [labels, number] : counts) {
                number /= static_cast<double>(aggregation.range.range) / 1e9;
            }
        }
        return counts;
    }

    static LabelMap group_of(const std::optional<read::Grouping>& grouping,
                             const LabelMap& labels) {
        LabelMap group;
        if (!grouping) return group;
        for (const auto& [name, text] : labels) {
            const bool listed =
                std::count(grouping->labels.begin(), grouping->labels.end(), name) > 0;
            if (listed != grouping->without) group[name] = text;
        }
        return group;
    }

    static Vector aggregate(const read::VectorAggregation& aggregation, const Vector& input) {
        std::map<LabelMap, std::vector<std::pair<double, LabelMap>>> groups;
        for (const auto& [labels, number] : input) {
            groups[group_of(aggregation.grouping, labels)].emplace_back(number, labels);
        }
        Vector output;
        for (auto& [group, samples] : groups) {
            const auto n = static_cast<double>(samples.size());
            double sum = 0;
            double squares = 0;
            for (const auto& sample : samples) sum += sample.first;
            for (const auto& sample : samples) squares += std::pow(sample.first - sum / n, 2);
            std::stable_sort(samples.begin(), samples.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; });
            switch (aggregation.op) {
                case read::VectorOp::kSum: output[group] = sum; break;
                case read::VectorOp::kAvg: output[group] = sum / n; break;
                case read::VectorOp::kCount: output[group] = n; break;
                case read::VectorOp::kMin: output[group] = samples.front().first; break;
                case read::VectorOp::kMax: output[group] = samples.back().first; break;
                case read::VectorOp::kStdvar: output[group] = squares / n; break;
                case read::VectorOp::kStddev: output[group] = std::sqrt(squares / n); break;
                case read::VectorOp::kTopk:
                    std::stable_sort(
                        samples.begin(), samples.end(),
                        [](const auto& a, const auto& b) { return a.first > b.first; });
                    [[fallthrough]];
                default:
                    for (std::size_t i = 0; i < samples.size(); ++i) {
                        if (static_cast<std::int64_t>(i) >= aggregation.parameter.value_or(1 << 30))
                            break;
                        output[samples[i].second] = samples[i].first;
                    }
            }
        }
        return output;
    }

    /// Arithmetic, comparisons and set operations of vectors matched on all labels, or on/ignoring
    /// some, one to one; and of a vector and a number.
    Vector binary(const read::BinaryOperation& operation, TimeNs time) const {
        std::optional<double> left_number;
        std::optional<double> right_number;
        const Vector left = at(*operation.left, time, &left_number);
        const Vector right = at(*operation.right, time, &right_number);
        Vector output;
        if (left_number || right_number) {
            for (const auto& [labels, number] : left_number ? right : left) {
                const auto combined =
                    combine(operation, left_number.value_or(number), right_number.value_or(number));
                const bool keeps_sample =
                    operation.op <= read::BinaryOp::kGreaterEqual && !operation.return_bool;
                if (combined) output[labels] = keeps_sample ? number : *combined;
            }
            return output;
        }
        const read::Grouping key{
            operation.matching ? !operation.matching->on : true,
            operation.matching ? operation.matching->labels : std::vector<std::string>{}};
        std::map<LabelMap, std::pair<LabelMap, double>> left_keys;
        std::map<LabelMap, double> right_keys;
        for (const auto& [labels, number] : left)
            left_keys[group_of(key, labels)] = {labels, number};
        for (const auto& [labels, number] : right) right_keys[group_of(key, labels)] = number;
        for (const auto& [labels, number] : left) {
            const auto partner = right_keys.find(group_of(key, labels));
            const bool found = partner != right_keys.end();
            if (operation.op == read::BinaryOp::kOr ||
                (operation.op == read::BinaryOp::kAnd && found) ||
                (operation.op == read::BinaryOp::kUnless && !found)) {
                output[labels] = number;
            } else if (operation.op > read::BinaryOp::kUnless && found) {
                const auto combined = combine(operation, number, partner->second);
                if (combined) output[group_of(key, labels)] = *combined;
            }
        }
        if (operation.op == read::BinaryOp::kOr) {
            for (const auto& [labels, number] : right) {
                if (!left_keys.contains(group_of(key, labels))) output[labels] = number;
            }
        }
        return output;
    }

    static std::optional<double> combine(const read::BinaryOperation& operation, double a,
                                         double b) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        bool holds = false;
        switch (operation.op) {
            case read::BinaryOp::kAdd: return a + b;
            case read::BinaryOp::kSub: return a - b;
            case read::BinaryOp::kMul: return a * b;
            case read::BinaryOp::kDiv: return b == 0 ? nan : a / b;
            case read::BinaryOp::kMod: return b == 0 ? nan : std::fmod(a, b);
            case read::BinaryOp::kPow: return std::pow(a, b);
            case read::BinaryOp::kEqual: holds = a == b; break;
            case read::BinaryOp::kNotEqual: holds = a != b; break;
            case read::BinaryOp::kLess: holds = a < b; break;
            case read::BinaryOp::kLessEqual: holds = a <= b; break;
            case read::BinaryOp::kGreater: holds = a > b; break;
            default: holds = a >= b; break;
        }
        if (operation.return_bool) return holds ? 1 : 0;
        return holds ? std::optional<double>(a) : std::nullopt;
    }

    std::vector<NaiveRow> rows_;
};

}  // namespace skald::support
