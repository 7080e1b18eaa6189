// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/stage.h>

#include <memory>
#include <string>
#include <string_view>

namespace skald::read {

/// A template of line_format and label_format: Go's text/template with Loki's functions
/// (logql 3.8, 3.14), compiled once.
/// Threading: immutable; `execute` is thread-safe.
class LineTemplate {
public:
    /// Errors: kInvalidArgument in Go's words (`template: line:1: unclosed action`); `name` is what
    /// Go puts before the line number ("line" or "label"; what begins with "__alert_" is of an
    /// alert and has Prometheus' functions as well).
    static Result<std::shared_ptr<const LineTemplate>> compile(std::string_view text,
                                                               std::string_view name);
    virtual ~LineTemplate() = default;

    /// Renders it over the row's labels (a missing one is "") and line. Errors: kInvalidArgument,
    /// the text of `__error_details__`. Work and output are bounded: a template can't loop for ever
    /// or grow without limit.
    virtual Result<std::string> execute(const StageRow& row) const = 0;
    /// The label if the template is just `{{.name}}`, so that nothing needs to be rendered; else
    /// empty.
    virtual std::string_view only_label() const = 0;
    /// Labels that it reads.
    virtual const WantedLabels& reads() const = 0;
};

}  // namespace skald::read
