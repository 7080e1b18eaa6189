// SPDX-License-Identifier: Apache-2.0
//
// `| label_format a=b, c="…"`: renames labels and sets them from templates, from left to right.
#include "parser_stage.h"

#include <skald/read/logql/line_template.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

struct FormatItem {
    std::string name;
    std::string source;                        ///< Of a rename.
    std::shared_ptr<const LineTemplate> text;  ///< Else.
};

class LabelFormatRowStage final : public RowStage {
public:
    explicit LabelFormatRowStage(std::vector<FormatItem> items) : items_(std::move(items)) {
        reads_.all = false;
        for (const FormatItem& item : items_) {
            if (item.text == nullptr) {
                reads_.names.push_back(item.source);
                continue;
            }
            const WantedLabels& of_text = item.text->reads();
            reads_.all |= of_text.all;
            reads_.names.insert(reads_.names.end(), of_text.names.begin(), of_text.names.end());
        }
        if (reads_.all) reads_.names.clear();
        std::sort(reads_.names.begin(), reads_.names.end());
        reads_.names.erase(std::unique(reads_.names.begin(), reads_.names.end()),
                           reads_.names.end());
    }

    void run(StageRow& row) const override {
        std::optional<std::vector<Result<std::string>>> rendered;
        std::size_t next = 0;
        for (const FormatItem& item : items_) {
            if (item.text == nullptr) {
                rename(item, row);
                continue;
            }
            // Every template sees the labels that the first one sees.
            if (!rendered) rendered = render(row);
            Result<std::string>& value = (*rendered)[next++];
            if (value) {
                row.set_parsed(item.name, row.keep(*std::move(value)));
            } else {
                row.set_error(std::string(kTemplateError), std::move(value).error().message);
            }
        }
    }

    const WantedLabels& reads() const override { return reads_; }
    bool changes_line() const override { return false; }

private:
    static void rename(const FormatItem& item, StageRow& row) {
        const std::optional<std::string_view> value = row.find(item.source);
        if (!value || item.source == item.name) return;
        row.set_parsed(item.name, *value);
        row.remove(item.source);
    }

    std::vector<Result<std::string>> render(const StageRow& row) const {
        std::vector<Result<std::string>> out;
        for (const FormatItem& item : items_) {
            if (item.text != nullptr) out.push_back(item.text->execute(row));
        }
        return out;
    }

    std::vector<FormatItem> items_;
    WantedLabels reads_;
};

Error refused(std::string message) {
    return Error{ErrorCode::kInvalidArgument, std::move(message)};
}

Result<FormatItem> compile_item(const LabelFormatStage::Item& item) {
    FormatItem out{item.name, {}, nullptr};
    if (item.rename) {
        out.source = item.value;
        return out;
    }
    auto compiled = LineTemplate::compile(item.value, "label");
    if (!compiled) {
        return refused("invalid template for label '" + item.name +
                       "': " + compiled.error().message);
    }
    out.text = *std::move(compiled);
    return out;
}

Result<void> check_names(const LabelFormatStage& stage) {
    std::set<std::string_view> names;
    for (const LabelFormatStage::Item& item : stage.items) {
        if (item.name == "__error__") return refused("__error__ cannot be formatted");
        if (!names.insert(item.name).second) {
            return refused("multiple label name '" + item.name +
                           "' not allowed in a single format operation");
        }
    }
    return {};
}

}  // namespace

Result<RowStagePtr> compile_stage(const LabelFormatStage& stage, const WantedLabels&) {
    SKALD_CHECK(check_names(stage));
    std::vector<FormatItem> items;
    for (const LabelFormatStage::Item& item : stage.items) {
        SKALD_TRY(FormatItem compiled, compile_item(item));
        items.push_back(std::move(compiled));
    }
    return RowStagePtr(std::make_shared<LabelFormatRowStage>(std::move(items)));
}

}  // namespace skald::read
