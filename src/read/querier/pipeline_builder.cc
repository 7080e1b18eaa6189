// SPDX-License-Identifier: Apache-2.0
#include "pipeline_builder.h"

#include <skald/read/logql/parser.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>

namespace skald::read {
namespace {

constexpr std::string_view kExtracted = "_extracted";

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

/// A name that shows a clash stands for the label in the line and the one that it clashed with.
void add_clashing_names(NeededLabels& needed) {
    const std::vector<std::string> names = needed.names;
    for (const std::string& name : names) {
        if (name.size() > kExtracted.size() && name.ends_with(kExtracted)) {
            needed.add(std::string_view(name).substr(0, name.size() - kExtracted.size()));
        }
    }
}

}  // namespace

Result<std::shared_ptr<const Pipeline>> PipelineBuilder::build() {
    pipeline_ = std::make_shared<Pipeline>();
    SKALD_CHECK(compile_stages());
    SKALD_CHECK(compile_line_filters());
    find_block_condition();
    read_labels();
    SKALD_CHECK(compile_row_stages());
    const auto first_row_stage =
        std::find_if(pipeline_->steps_.begin(), pipeline_->steps_.end(), [](const auto& step) {
            return std::holds_alternative<std::shared_ptr<const RowStage>>(step);
        });
    pipeline_->row_begin_ = static_cast<std::size_t>(first_row_stage - pipeline_->steps_.begin());
    for (const Stage* stage : stage_of_) pipeline_->texts_.push_back(to_string(*stage));
    find_label_needs();
    find_row_needs();
    return std::shared_ptr<const Pipeline>(pipeline_);
}

Result<void> PipelineBuilder::compile_stages() {
    for (const Stage& stage : log_.stages) {
        Result<void> done = compile(stage);
        if (!done) return stage_error(stage, std::move(done).error());
    }
    return {};
}

Result<void> PipelineBuilder::compile(const Stage& stage) {
    auto& steps = pipeline_->steps_;
    if (const auto* line = std::get_if<LineFilter>(&stage)) {
        if (!line_changed_) {
            block_filters_.push_back(*line);
            return {};
        }
        SKALD_TRY(auto program, LineFilterProgram::compile(std::span(line, 1)));
        if (program->passes_all()) return {};
        steps.emplace_back(std::move(program));
    } else if (const auto* filter = std::get_if<LabelFilter>(&stage)) {
        SKALD_TRY(auto program, LabelFilterProgram::compile(*filter));
        steps.emplace_back(Pipeline::Filter{std::move(program)});
    } else if (const auto* drop = std::get_if<DropStage>(&stage)) {
        steps.emplace_back(Pipeline::Choose{drop->choices, false});
    } else if (const auto* keep = std::get_if<KeepStage>(&stage)) {
        steps.emplace_back(Pipeline::Choose{keep->choices, true});
    } else {
        // For what it reads; compiled again once it is known what others read.
        SKALD_TRY(auto row_stage, RowStage::compile(stage, WantedLabels{}));
        line_changed_ = line_changed_ || row_stage->changes_line();
        steps.emplace_back(std::move(row_stage));
    }
    stage_of_.push_back(&stage);
    return {};
}

Result<void> PipelineBuilder::compile_line_filters() {
    if (block_filters_.empty()) return {};
    auto program = LineFilterProgram::compile(block_filters_);
    if (!program) return stage_error(block_filters_.front(), std::move(program).error());
    if ((*program)->passes_all()) return {};
    pipeline_->line_filter_ = *std::move(program);
    for (const LineFilter& filter : block_filters_) {
        if (!pipeline_->line_filter_text_.empty()) pipeline_->line_filter_text_ += ' ';
        pipeline_->line_filter_text_ += to_string(Stage(filter));
    }
    return {};
}

void PipelineBuilder::find_block_condition() {
    BlockCondition& condition = pipeline_->block_condition_;
    if (pipeline_->line_filter_ != nullptr) {
        condition.require_lines(pipeline_->line_filter_->block_condition());
    }
    for (const Stage& stage : log_.stages) {
        if (std::holds_alternative<LineFilter>(stage)) continue;
        const auto* filter = std::get_if<LabelFilter>(&stage);
        // Others change labels.
        if (filter == nullptr) return;
        condition.require_labels(*filter);
    }
}

/// Fills `read_`.
void PipelineBuilder::read_labels() {
    read_ = output_;
    for (const Pipeline::Step& step : pipeline_->steps_) {
        if (const auto* filter = std::get_if<Pipeline::Filter>(&step)) {
            for (const std::string& name : filter->program->names()) {
                read_.add(name);
                if (name == kErrorLabel) pipeline_->reads_error_ = true;
            }
        } else if (const auto* choose = std::get_if<Pipeline::Choose>(&step)) {
            for (const LabelChoice& choice : choose->choices) {
                if (!choice.matcher) continue;
                read_.add(choice.name);
                if (choice.name == kErrorLabel) pipeline_->reads_error_ = true;
            }
        } else if (const auto* stage = std::get_if<std::shared_ptr<const RowStage>>(&step)) {
            read_.add((*stage)->reads());
        }
    }
}

/// If nobody reads a label, parsers that only make labels have nothing to do.
bool PipelineBuilder::skips(const Stage& stage) const {
    const bool only_labels =
        std::holds_alternative<JsonStage>(stage) || std::holds_alternative<LogfmtStage>(stage) ||
        std::holds_alternative<RegexpStage>(stage) || std::holds_alternative<PatternStage>(stage);
    return only_labels && read_.nothing();
}

Result<void> PipelineBuilder::compile_row_stages() {
    if (read_.all) return {};
    auto& steps = pipeline_->steps_;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Stage& stage = *stage_of_[i];
        if (skips(stage)) continue;
        if (std::holds_alternative<std::shared_ptr<const RowStage>>(steps[i])) {
            SKALD_TRY(auto compiled, RowStage::compile(stage, read_.wanted()));
            steps[i] = std::move(compiled);
        }
        if (kept != i) {
            steps[kept] = std::move(steps[i]);
            stage_of_[kept] = stage_of_[i];
        }
        ++kept;
    }
    steps.resize(kept);
    stage_of_.resize(kept);
    return {};
}

void PipelineBuilder::find_label_needs() {
    NeededLabels& needs = pipeline_->label_needs_;
    for (std::size_t i = 0; i < pipeline_->row_begin_; ++i) {
        const Pipeline::Step& step = pipeline_->steps_[i];
        if (const auto* filter = std::get_if<Pipeline::Filter>(&step)) {
            for (const std::string& name : filter->program->names()) needs.add(name);
        } else if (const auto* choose = std::get_if<Pipeline::Choose>(&step)) {
            for (const LabelChoice& choice : choose->choices) {
                if (choice.matcher) needs.add(choice.name);
            }
        }
    }
}

/// From the output to the first stage: what is dropped on the way is read by nobody behind.
void PipelineBuilder::find_row_needs() {
    NeededLabels needs = output_;
    for (const Pipeline::Step& step : pipeline_->steps_ | std::views::reverse) {
        if (const auto* filter = std::get_if<Pipeline::Filter>(&step)) {
            for (const std::string& name : filter->program->names()) needs.add(name);
        } else if (const auto* stage = std::get_if<std::shared_ptr<const RowStage>>(&step)) {
            needs.add((*stage)->reads());
            add_clashing_names(needs);
        } else if (const auto* choose = std::get_if<Pipeline::Choose>(&step)) {
            NeededLabels before;
            if (!choose->keep) before = needs;
            for (const LabelChoice& choice : choose->choices) {
                if (choose->keep && needs.contains(choice.name)) before.add(choice.name);
                if (!choose->keep && !choice.matcher) before.remove(choice.name);
            }
            for (const LabelChoice& choice : choose->choices) {
                if (choice.matcher) before.add(choice.name);
            }
            needs = std::move(before);
        }
    }
    // A parsed label that clashes with one of the row is named after it: all of the row's matter.
    if (pipeline_->has_row_stages() && read_.all) needs = NeededLabels::everything();
    if (pipeline_->has_row_stages() && !read_.all) {
        for (const std::string& name : read_.names) needs.add(name);
        add_clashing_names(needs);
    }
    pipeline_->row_needs_ = std::move(needs);
}

}  // namespace skald::read
