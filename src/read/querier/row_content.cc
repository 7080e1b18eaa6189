// SPDX-License-Identifier: Apache-2.0
#include "row_content.h"

#include <skald/foundation/model/entry.h>

#include <string_view>

namespace skald::read {

Result<std::unique_ptr<RowContent>> read_row_content(const Pipeline& pipeline,
                                                     const Labels& stream_labels,
                                                     BlockColumns& columns, std::uint32_t row,
                                                     RowLabels& labels) {
    SKALD_TRY(const storage::LineColumn* lines, columns.lines());
    SKALD_TRY(const storage::MetadataColumn* levels, columns.levels());
    labels.reset(stream_labels);
    if (const std::string_view level = levels->value(row); !level.empty()) {
        labels.add_metadata(kDetectedLevel, level);
    }
    if (columns.block().summary().has_metadata) {
        SKALD_TRY(const storage::MetadataColumns* metadata, columns.metadata());
        for (const storage::MetadataColumn& column : metadata->columns) {
            const std::string_view value = column.value(row);
            if (!value.empty()) labels.add_metadata(column.name, value);
        }
    }
    labels.set_line(lines->line(row));
    // The row has passed before; the stages are run for what they do to the labels.
    pipeline.run_label_stages(labels, nullptr);
    return row_content(labels, stream_labels);
}

std::unique_ptr<RowContent> row_content(const RowLabels& row, const Labels& stream_labels) {
    auto content = std::make_unique<RowContent>();
    content->line = row.line();
    content->stream = row.stream_unchanged() ? stream_labels : row.category(LabelCategory::kStream);
    content->metadata = row.category(LabelCategory::kMetadata);
    content->parsed = row.category(LabelCategory::kParsed);
    return content;
}

}  // namespace skald::read
