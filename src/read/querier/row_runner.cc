// SPDX-License-Identifier: Apache-2.0
#include "row_runner.h"

namespace skald::read {

Result<void> RowRunner::start(const Labels& stream, BlockColumns& columns) {
    stream_ = &stream;
    begun_ = false;
    SKALD_TRY(columns_, needed_columns(pipeline_.row_needs(), stream, columns));
    values_.resize(columns_.size());
    return {};
}

bool RowRunner::run(std::uint32_t row, TimeNs time, std::string_view line) {
    if (!same_metadata(row)) begin(row);
    if (!passes_) return false;
    row_.rewind(time, line);
    return pipeline_.run_row_stages(row_, costs_);
}

bool RowRunner::same_metadata(std::uint32_t row) const {
    if (!begun_) return false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].column->rows[row] != values_[i]) return false;
    }
    return true;
}

void RowRunner::begin(std::uint32_t row) {
    row_.reset(*stream_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        values_[i] = columns_[i].column->rows[row];
        const std::string_view value = columns_[i].column->values[values_[i]];
        if (!value.empty()) row_.add_metadata(columns_[i].name, value);
    }
    passes_ = pipeline_.run_label_stages(row_, costs_);
    row_.mark();
    begun_ = true;
}

}  // namespace skald::read
