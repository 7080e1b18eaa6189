// SPDX-License-Identifier: Apache-2.0
//
// The statements of a template: what is printed, which branch is taken. How values come about is in
// template_evaluation.cc.
#include "template_execution.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

constexpr std::size_t kStepsMax = 100'000;
constexpr std::size_t kWorkBytesMax = std::size_t{64} << 20;
constexpr std::size_t kArenaBytesMax = std::size_t{16} << 20;
/// Of statements, pipelines and templates within each other.
constexpr std::size_t kExecutionDepthMax = 600;

}  // namespace

class TemplateExecution::Deeper {
public:
    explicit Deeper(TemplateExecution& execution) : execution_(execution) { ++execution_.depth_; }
    ~Deeper() { --execution_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

private:
    TemplateExecution& execution_;
};

TemplateExecution::TemplateExecution(const TemplateTree& tree, RegexCache& regexes,
                                     const StageRow& row)
    : tree_(tree),
      row_(row),
      arena_(kArenaBytesMax),
      context_{row, arena_, *this, regexes, effort_},
      template_name_(tree.name),
      variables_{{"$", Value::labels()}} {}

Result<std::string> TemplateExecution::run() {
    if (walk_all(tree_.root, Value::labels()) != Flow::kFailed) return std::move(out_);
    return Error{ErrorCode::kInvalidArgument, std::move(error_)};
}

const ValueMap& TemplateExecution::all_labels() const {
    if (labels_) return *labels_;
    ValueMap& labels = labels_.emplace();
    row_.for_each([&](std::string_view name, std::string_view value) {
        labels.emplace_back(name, Value::of(value));
    });
    std::sort(labels.begin(), labels.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return labels;
}

TemplateExecution::Flow TemplateExecution::walk_all(const TemplateNodes& nodes, const Value& dot) {
    const Deeper deeper(*this);
    if (!check_depth(0)) return Flow::kFailed;
    for (const TemplateNode& node : nodes) {
        const Flow flow = walk(node, dot);
        if (flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
}

TemplateExecution::Flow TemplateExecution::walk(const TemplateNode& node, const Value& dot) {
    at(node);
    if (!step()) return Flow::kFailed;
    switch (node.kind) {
        case TemplateNode::Kind::kText: return write(node.text) ? Flow::kNext : Flow::kFailed;
        case TemplateNode::Kind::kAction: {
            Value value;
            if (!evaluate(node.pipeline, dot, value)) return Flow::kFailed;
            const bool silent = !node.pipeline.variables.empty();
            return silent || print(node, value) ? Flow::kNext : Flow::kFailed;
        }
        case TemplateNode::Kind::kIf:
        case TemplateNode::Kind::kWith: return walk_choice(node, dot);
        case TemplateNode::Kind::kRange: return walk_range(node, dot);
        case TemplateNode::Kind::kTemplate: return walk_template(node, dot);
        case TemplateNode::Kind::kBreak: return Flow::kBreak;
        case TemplateNode::Kind::kContinue: return Flow::kContinue;
    }
    return Flow::kNext;
}

TemplateExecution::Flow TemplateExecution::walk_choice(const TemplateNode& node, const Value& dot) {
    const std::size_t variables = variables_.size();
    Value value;
    if (!evaluate(node.pipeline, dot, value)) return Flow::kFailed;
    Flow flow = Flow::kNext;
    if (is_true(value, *this)) {
        flow = walk_all(node.body, node.kind == TemplateNode::Kind::kWith ? value : dot);
    } else {
        flow = walk_all(node.otherwise, dot);
    }
    variables_.resize(variables);
    return flow;
}

TemplateExecution::Flow TemplateExecution::walk_range(const TemplateNode& node, const Value& dot) {
    const std::size_t variables = variables_.size();
    Value value;
    if (!evaluate(node.pipeline, dot, value)) return Flow::kFailed;
    bool any = false;
    Flow flow = Flow::kNext;
    const auto element = [&](const Value& index, const Value& one) {
        any = true;
        flow = walk_element(node, index, one);
        return flow == Flow::kNext;
    };
    const auto each_of = [&](const ValueMap& map) {
        for (const auto& [key, one] : map) {
            if (!element(Value::of(key), one)) break;
        }
    };
    if (value.type == ValueType::kList) {
        std::int64_t index = 0;
        for (const Value& one : *value.list) {
            if (!element(Value::of_int(index++), one)) break;
        }
    } else if (value.type == ValueType::kMap) {
        each_of(*value.map);
    } else if (value.type == ValueType::kLabels) {
        each_of(all_labels());
    } else if (value.is_whole()) {
        if (node.pipeline.variables.size() > 1) {
            fail("can't use " + std::to_string(value.integer) +
                 " to iterate over more than one variable");
            return Flow::kFailed;
        }
        for (std::int64_t i = 0; i < value.integer; ++i) {
            if (!element(Value{}, Value::whole(value.type, i))) break;
        }
    } else if (!value.is_empty()) {
        std::string shown;
        GoPrinter(shown, kTemplateTextMax, *this).print(value);
        fail("range can't iterate over " + shown);
        return Flow::kFailed;
    }
    if (!any) flow = walk_all(node.otherwise, dot);
    variables_.resize(variables);
    // A break out of this range; what breaks out of its `else` is meant for the one around.
    return any && flow == Flow::kBreak ? Flow::kNext : flow;
}

/// kBreak and kFailed end the loop.
TemplateExecution::Flow TemplateExecution::walk_element(const TemplateNode& node,
                                                        const Value& index, const Value& element) {
    const TemplatePipeline& pipeline = node.pipeline;
    const std::size_t names = pipeline.variables.size();
    const auto set = [&](std::size_t i, std::size_t from_top, const Value& value) {
        auto variable = variables_.rbegin();
        if (pipeline.assigns) {
            variable = std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& entry) {
                return entry.first == pipeline.variables[i];
            });
        } else {
            variable += static_cast<std::ptrdiff_t>(from_top);
        }
        if (variable != variables_.rend()) variable->second = value;
    };
    if (names == 1) set(0, 0, element);
    if (names == 2) {
        set(0, 1, index);
        set(1, 0, element);
    }
    const std::size_t variables = variables_.size();
    if (!step()) return Flow::kFailed;
    const Flow flow = walk_all(node.body, element);
    variables_.resize(variables);
    return flow == Flow::kContinue ? Flow::kNext : flow;
}

TemplateExecution::Flow TemplateExecution::walk_template(const TemplateNode& node,
                                                         const Value& dot) {
    const auto found = tree_.defined.find(node.text);
    const TemplateNodes* nodes = found == tree_.defined.end() ? nullptr : &found->second;
    if (nodes == nullptr && node.text == tree_.name) nodes = &tree_.root;
    if (nodes == nullptr) {
        fail("template " + go_quote(node.text) + " not defined");
        return Flow::kFailed;
    }
    if (!check_depth(1)) return Flow::kFailed;
    Value data;
    if (!node.pipeline.commands.empty() && !evaluate(node.pipeline, dot, data))
        return Flow::kFailed;
    // It sees no variables but its own.
    auto outer = std::exchange(variables_, {{"$", data}});
    const std::string_view name = std::exchange(template_name_, node.text);
    const Flow flow = walk_all(*nodes, data);
    variables_ = std::move(outer);
    template_name_ = name;
    return flow;
}

bool TemplateExecution::print(const TemplateNode& node, const Value& value) {
    at(node);
    if (value.is_string()) return write(value.text());
    if (value.is_empty()) return write("<no value>");
    GoPrinter printer(out_, kTemplateTextMax, *this);
    printer.print(value);
    return write({});
}

bool TemplateExecution::write(std::string_view text) {
    if (text.size() + out_.size() > kTemplateTextMax) return fail("output too long");
    out_.append(text);
    return true;
}

bool TemplateExecution::step() {
    if (++steps_ <= kStepsMax) return true;
    return fail("exceeded maximum of " + std::to_string(kStepsMax) + " steps");
}

bool TemplateExecution::check_depth(std::size_t more) {
    if (depth_ + more < kExecutionDepthMax) return true;
    return fail("exceeded maximum template depth (" + std::to_string(kExecutionDepthMax) + ")");
}

bool TemplateExecution::work(std::size_t bytes) {
    worked_bytes_ += bytes;
    if (worked_bytes_ <= kWorkBytesMax && !arena_.is_full()) return true;
    return fail("exceeded maximum size of values");
}

bool TemplateExecution::fail(const std::string& message) {
    error_ = "template: " + tree_.location(place_.position) + ": executing " +
             go_quote(template_name_) + " at <" + place_.describe(place_.node) + ">: " + message;
    return false;
}

}  // namespace skald::read
