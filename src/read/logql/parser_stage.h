// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/row_stage.h>

#include <memory>
#include <string_view>

namespace skald::read {

inline constexpr std::string_view kJsonError = "JSONParserErr";
inline constexpr std::string_view kLogfmtError = "LogfmtParserErr";
inline constexpr std::string_view kTemplateError = "TemplateFormatErr";

using RowStagePtr = std::shared_ptr<const RowStage>;

/// A stage that makes labels of the line and reads none.
class ParserStage : public RowStage {
public:
    const WantedLabels& reads() const override { return reads_; }
    bool changes_line() const override { return false; }

private:
    const WantedLabels reads_{false, {}};
};

// What RowStage::compile does, a stage each.
Result<RowStagePtr> compile_stage(const JsonStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const LogfmtStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const RegexpStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const PatternStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const UnpackStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const LineFormatStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const LabelFormatStage& stage, const WantedLabels& wanted);
Result<RowStagePtr> compile_stage(const DecolorizeStage& stage, const WantedLabels& wanted);

/// Why json and logfmt don't take an expression.
Error bad_expression(const Extraction& extraction, const Error& why);
/// What json and logfmt with expressions ask of the names. Errors: kInvalidArgument.
Result<void> check_extraction_names(const std::vector<Extraction>& extractions);

}  // namespace skald::read
