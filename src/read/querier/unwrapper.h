// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "needed_labels.h"
#include "row_labels.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/label_filter.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skald::read {

/// `| unwrap …` with the filters behind it, compiled. Threading: immutable, thread-safe.
class Unwrapper {
public:
    /// Errors: kInvalidArgument (a filter that cannot be built).
    static Result<Unwrapper> create(const Unwrap& unwrap);

    /// The row's sample; nothing if it doesn't have the label or a filter drops it. What is not a
    /// number is 0 and sets the row's error.
    std::optional<double> run(RowLabels& row) const;
    const std::string& label() const noexcept { return label_; }
    /// Adds the labels that it reads.
    void add_needs(NeededLabels& needs) const;
    bool reads_error() const noexcept { return reads_error_; }

private:
    std::string label_;
    UnwrapConversion conversion_ = UnwrapConversion::kNone;
    std::vector<std::shared_ptr<const LabelFilterProgram>> filters_;
    bool reads_error_ = false;
};

}  // namespace skald::read
