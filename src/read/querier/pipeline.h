// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "row_labels.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/label_filter.h>
#include <skald/read/logql/line_filter.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace skald::read {

/// Names of labels that somebody reads of a row.
struct NeededLabels {
    bool all = false;
    std::vector<std::string> names;     ///< Without `all`: sorted, unique.
    std::vector<std::string> left_out;  ///< With `all`: but for these.

    bool contains(std::string_view name) const;
    void add(std::string_view name);
    /// Everything, but for what was added to `left_out` and is not in `names`.
    void add_all_but(const std::vector<std::string>& names_left_out);
};

/// The stages of a log expression, compiled.
///
/// Lines and labels are worked on apart as long as no stage makes one from the other: line filters
/// run over whole blocks, and label stages run once for all rows with equal labels.
/// Threading: immutable, thread-safe.
class Pipeline {
public:
    /// Errors: kInvalidArgument (a stage that cannot be built), kNotSupported (names the stage).
    static Result<std::shared_ptr<const Pipeline>> create(const LogExpr& log);

    /// Null if every line passes.
    const LineFilterProgram* line_filter() const noexcept { return line_filter_.get(); }
    bool has_label_stages() const noexcept { return !label_stages_.empty(); }
    /// Runs the label stages. False if the row is dropped.
    bool run_label_stages(RowLabels& labels) const;
    /// Labels that the stages read.
    const NeededLabels& needed() const noexcept { return needed_; }
    /// Adds what rows are told apart by, if by all labels that the stages leave but `left_out`.
    void add_output(NeededLabels& needed, const std::vector<std::string>& left_out) const;
    /// A stage looks at the error label itself, so it doesn't make a metric query fail.
    bool reads_error() const { return needed_.contains(kErrorLabel); }

private:
    struct Filter {
        std::shared_ptr<const LabelFilterProgram> program;
    };
    struct Choose {
        std::vector<LabelChoice> choices;
        bool keep = false;
    };
    using LabelStage = std::variant<Filter, Choose>;

    Result<void> add(const Stage& stage, std::vector<LineFilter>& line_filters);
    static bool run(const Filter& filter, RowLabels& labels);
    static bool run(const Choose& choose, RowLabels& labels);

    std::shared_ptr<const LineFilterProgram> line_filter_;
    std::vector<LabelStage> label_stages_;
    NeededLabels needed_;
    std::vector<std::string> dropped_;              ///< By `drop` without a matcher.
    std::optional<std::vector<std::string>> kept_;  ///< By the first `keep`.
};

}  // namespace skald::read
