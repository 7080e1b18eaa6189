// SPDX-License-Identifier: Apache-2.0
//
// `| line_format "…"`: the line becomes what the template makes of the row.
#include "parser_stage.h"

#include <skald/read/logql/line_template.h>

#include <string>
#include <utility>

namespace skald::read {

namespace {

class LineFormatRowStage final : public RowStage {
public:
    explicit LineFormatRowStage(std::shared_ptr<const LineTemplate> text)
        : template_(std::move(text)), label_(template_->only_label()) {}

    void run(StageRow& row) const override {
        if (!label_.empty()) return row.set_line(row.find(label_).value_or(std::string_view()));
        Result<std::string> line = template_->execute(row);
        if (line) return row.set_line(row.keep(*std::move(line)));
        row.set_error(std::string(kTemplateError), std::move(line).error().message);
    }

    const WantedLabels& reads() const override { return template_->reads(); }
    bool changes_line() const override { return true; }

private:
    std::shared_ptr<const LineTemplate> template_;
    std::string label_;
};

}  // namespace

Result<RowStagePtr> compile_stage(const LineFormatStage& stage, const WantedLabels&) {
    auto compiled = LineTemplate::compile(stage.text, "line");
    if (!compiled) {
        return Error{ErrorCode::kInvalidArgument,
                     "invalid line template: " + compiled.error().message};
    }
    return RowStagePtr(std::make_shared<LineFormatRowStage>(*std::move(compiled)));
}

}  // namespace skald::read
