// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/stage.h>

#include <memory>

namespace skald::read {

/// A stage that makes labels of a row's line, or changes the line: json, logfmt, regexp, pattern,
/// unpack, line_format, label_format and decolorize (logql 3.4-3.8). It never drops a row: what
/// goes wrong becomes the row's `__error__`. Threading: immutable; `run` is thread-safe.
class RowStage {
public:
    /// True for the stages that this class serves.
    static bool serves(const Stage& stage);
    /// `wanted` says which labels anybody reads after this stage: a parser makes only those (with
    /// the suffix that a clash with a base label gives them). Errors: kInvalidArgument, the reason
    /// in Loki's words without the position or the stage's text.
    static Result<std::shared_ptr<const RowStage>> compile(const Stage& stage,
                                                           const WantedLabels& wanted);
    virtual ~RowStage() = default;

    virtual void run(StageRow& row) const = 0;
    /// Labels that it reads, so that stages before it make them.
    virtual const WantedLabels& reads() const = 0;
    virtual bool changes_line() const = 0;
};

}  // namespace skald::read
