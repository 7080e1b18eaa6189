// SPDX-License-Identifier: Apache-2.0
#include "parser_stage.h"

#include <skald/foundation/model/text.h>

#include <type_traits>
#include <variant>

namespace skald::read {

namespace {

template <class Kind>
constexpr bool kServed = !std::is_same_v<Kind, LineFilter> && !std::is_same_v<Kind, LabelFilter> &&
                         !std::is_same_v<Kind, DropStage> && !std::is_same_v<Kind, KeepStage>;

}  // namespace

bool RowStage::serves(const Stage& stage) {
    return std::visit([](const auto& kind) { return kServed<std::decay_t<decltype(kind)>>; },
                      stage);
}

Result<RowStagePtr> RowStage::compile(const Stage& stage, const WantedLabels& wanted) {
    const auto compile = [&wanted](const auto& kind) -> Result<RowStagePtr> {
        if constexpr (kServed<std::decay_t<decltype(kind)>>) {
            return compile_stage(kind, wanted);
        } else {
            return Error{ErrorCode::kInvalidArgument, "not a stage of lines"};
        }
    };
    return std::visit(compile, stage);
}

Error bad_expression(const Extraction& extraction, const Error& why) {
    return {ErrorCode::kInvalidArgument,
            "cannot parse expression [" + extraction.expression + "]: " + why.message};
}

Result<void> check_extraction_names(const std::vector<Extraction>& extractions) {
    for (const Extraction& extraction : extractions) {
        if (!is_valid_label_name(extraction.name)) {
            return Error{ErrorCode::kInvalidArgument,
                         "invalid extracted label name '" + extraction.name + "'"};
        }
    }
    return {};
}

}  // namespace skald::read
