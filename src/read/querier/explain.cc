// SPDX-License-Identifier: Apache-2.0
#include "explain.h"

#include <utility>

namespace skald::read {
namespace {

PlanStage stage(std::string text, std::string unit, const StageCost& cost) {
    return {.text = std::move(text),
            .unit = std::move(unit),
            .rows = cost.rows,
            .passed = cost.passed,
            .bytes = cost.bytes,
            .seconds = static_cast<double>(cost.nanos) / 1e9};
}

}  // namespace

std::unique_ptr<PlanCosts> make_costs(QueryContext& context, const Pipeline& pipeline) {
    if (!context.request.explain) return nullptr;
    return std::make_unique<PlanCosts>(pipeline.steps(), context.clock);
}

PlanPart explain(std::string text, const Pipeline& pipeline, const PlanCosts& costs,
                 std::string output) {
    PlanPart part{.text = std::move(text), .stages = {}};
    if (!pipeline.block_condition().empty()) {
        part.stages.push_back(stage("block filter", "block", costs.filter));
    }
    part.stages.push_back(stage("read columns", "block", costs.read));
    if (pipeline.line_filter() != nullptr) {
        part.stages.push_back(stage(pipeline.line_filter_text(), "line", costs.line_filter));
    }
    for (std::size_t i = 0; i < costs.steps.size(); ++i) {
        const bool by_row = i >= pipeline.label_steps();
        part.stages.push_back(
            stage(pipeline.step_text(i), by_row ? "line" : "label set", costs.steps[i]));
    }
    part.stages.push_back(stage(std::move(output), "line", costs.output));
    return part;
}

}  // namespace skald::read
