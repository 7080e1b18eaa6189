// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"

#include "pipeline_builder.h"

#include <skald/foundation/model/regex_allowance.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace skald::read {
namespace {

bool chosen(const LabelChoice& choice, std::string_view name, std::string_view value) {
    if (choice.name != name) return false;
    return !choice.matcher || choice.matcher->matches(value);
}

}  // namespace

Result<std::shared_ptr<const Pipeline>> Pipeline::create(const LogExpr& log) {
    const bool row_stages = std::any_of(log.stages.begin(), log.stages.end(), RowStage::serves);
    // Without row stages the labels of the few rows that are shown are read later.
    return create(log, row_stages ? NeededLabels::everything() : NeededLabels());
}

Result<std::shared_ptr<const Pipeline>> Pipeline::create(const LogExpr& log,
                                                         const NeededLabels& output) {
    const RegexAllowance allowance(RegexAllowance::Kind::kShared);
    return PipelineBuilder(log, output).build();
}

bool Pipeline::run(RowLabels& labels, std::size_t begin, std::size_t end, PlanCosts* costs) const {
    for (std::size_t i = begin; i < end; ++i) {
        if (costs == nullptr) {
            if (!run_step(i, labels) || labels.overflows()) return false;
            continue;
        }
        StageCost& cost = costs->steps[i];
        ++cost.rows;
        if (i >= row_begin_) cost.bytes += labels.line().size();
        const StageTimer timer(&cost);
        if (!run_step(i, labels) || labels.overflows()) return false;
        ++cost.passed;
    }
    return true;
}

bool Pipeline::run_step(std::size_t step, RowLabels& labels) const {
    return std::visit([&](const auto& each) { return run(each, labels); }, steps_[step]);
}

bool Pipeline::run(const Filter& filter, RowLabels& labels) {
    LabelFilterProgram::Outcome outcome = filter.program->evaluate(labels);
    // The first error of a row stays.
    if (!outcome.error.empty() && !labels.has_error()) {
        labels.set_error(std::move(outcome.error), std::move(outcome.error_details));
    }
    return outcome.keep;
}

bool Pipeline::run(const Choose& choose, RowLabels& labels) {
    if (choose.keep) {
        labels.remove_if([&](std::string_view name, std::string_view value) {
            return name != kPreserveErrorLabel &&
                   std::none_of(choose.choices.begin(), choose.choices.end(),
                                [&](const LabelChoice& each) { return chosen(each, name, value); });
        });
        return true;
    }
    for (const LabelChoice& choice : choose.choices) {
        const std::optional<std::string_view> value = labels.find(choice.name);
        if (choice.matcher && !choice.matcher->matches(value.value_or(std::string_view{})))
            continue;
        if (choice.name == kErrorLabel) labels.clear_error();
        if (choice.name == kErrorDetailsLabel) labels.clear_error_details();
        labels.remove(choice.name);
    }
    return true;
}

bool Pipeline::run(const std::shared_ptr<const RowStage>& stage, RowLabels& labels) {
    stage->run(labels);
    return true;
}

bool Pipeline::run(const std::shared_ptr<const LineFilterProgram>& filter, RowLabels& labels) {
    return filter->matches(labels.line());
}

}  // namespace skald::read
