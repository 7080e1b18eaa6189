// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"

#include <skald/read/logql/parser.h>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace skald::read {
namespace {

/// The error of building a stage as clients know it: `parse error : stage '| …' : reason`.
Error stage_error(const Stage& stage, Error error) {
    if (error.message.starts_with("parse error")) return error;
    if (error.message.starts_with("stage '")) {
        error.message = "parse error : " + error.message;
    } else {
        error.message = "parse error : stage '" + to_string(stage) + "' : " + error.message;
    }
    return error;
}

std::string_view stage_name(const Stage& stage) {
    struct Name {
        std::string_view operator()(const LineFilter&) const { return "line filter"; }
        std::string_view operator()(const LabelFilter&) const { return "label filter"; }
        std::string_view operator()(const JsonStage&) const { return "| json"; }
        std::string_view operator()(const LogfmtStage&) const { return "| logfmt"; }
        std::string_view operator()(const RegexpStage&) const { return "| regexp"; }
        std::string_view operator()(const PatternStage&) const { return "| pattern"; }
        std::string_view operator()(const UnpackStage&) const { return "| unpack"; }
        std::string_view operator()(const LineFormatStage&) const { return "| line_format"; }
        std::string_view operator()(const LabelFormatStage&) const { return "| label_format"; }
        std::string_view operator()(const DecolorizeStage&) const { return "| decolorize"; }
        std::string_view operator()(const DropStage&) const { return "| drop"; }
        std::string_view operator()(const KeepStage&) const { return "| keep"; }
    };
    return std::visit(Name{}, stage);
}

bool chosen(const LabelChoice& choice, std::string_view name, std::string_view value) {
    if (choice.name != name) return false;
    return !choice.matcher || choice.matcher->matches(value);
}

}  // namespace

bool NeededLabels::contains(std::string_view name) const {
    if (std::binary_search(names.begin(), names.end(), name)) return true;
    return all && std::find(left_out.begin(), left_out.end(), name) == left_out.end();
}

void NeededLabels::add(std::string_view name) {
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    if (at == names.end() || *at != name) names.emplace(at, name);
}

void NeededLabels::add_all_but(const std::vector<std::string>& names_left_out) {
    all = true;
    left_out = names_left_out;
}

Result<std::shared_ptr<const Pipeline>> Pipeline::create(const LogExpr& log) {
    const auto pipeline = std::make_shared<Pipeline>();
    std::vector<LineFilter> line_filters;
    for (const Stage& stage : log.stages) {
        SKALD_CHECK(pipeline->add(stage, line_filters));
    }
    // No stage here changes the line, so the filters may run first and together.
    if (!line_filters.empty()) {
        auto program = LineFilterProgram::compile(line_filters);
        if (!program) return stage_error(line_filters.front(), std::move(program).error());
        if (!(*program)->passes_all()) pipeline->line_filter_ = *std::move(program);
    }
    return std::shared_ptr<const Pipeline>(pipeline);
}

Result<void> Pipeline::add(const Stage& stage, std::vector<LineFilter>& line_filters) {
    if (const auto* line = std::get_if<LineFilter>(&stage)) {
        line_filters.push_back(*line);
        return {};
    }
    if (const auto* filter = std::get_if<LabelFilter>(&stage)) {
        auto program = LabelFilterProgram::compile(*filter);
        if (!program) return stage_error(stage, std::move(program).error());
        for (const std::string& name : (*program)->names()) needed_.add(name);
        label_stages_.emplace_back(Filter{*std::move(program)});
        return {};
    }
    Choose choose;
    if (const auto* drop = std::get_if<DropStage>(&stage)) {
        choose = {drop->choices, false};
    } else if (const auto* keep = std::get_if<KeepStage>(&stage)) {
        choose = {keep->choices, true};
    } else {
        return Error{ErrorCode::kNotSupported,
                     "the stage `" + std::string(stage_name(stage)) + "` is not supported yet"};
    }
    std::vector<std::string> names;
    for (const LabelChoice& choice : choose.choices) {
        names.push_back(choice.name);
        if (choice.matcher) {
            needed_.add(choice.name);
        } else if (!choose.keep) {
            dropped_.push_back(choice.name);
        }
    }
    if (choose.keep && !kept_) kept_ = std::move(names);
    label_stages_.emplace_back(std::move(choose));
    return {};
}

bool Pipeline::run_label_stages(RowLabels& labels) const {
    return std::all_of(label_stages_.begin(), label_stages_.end(), [&](const LabelStage& stage) {
        return std::visit([&](const auto& each) { return run(each, labels); }, stage);
    });
}

void Pipeline::add_output(NeededLabels& needed, const std::vector<std::string>& left_out) const {
    if (kept_) {
        for (const std::string& name : *kept_) needed.add(name);
        return;
    }
    std::vector<std::string> without = left_out;
    without.insert(without.end(), dropped_.begin(), dropped_.end());
    needed.add_all_but(without);
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

}  // namespace skald::read
