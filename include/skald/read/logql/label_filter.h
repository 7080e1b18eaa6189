// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// The labels of one row as a label filter sees them.
class LabelLookup {
public:
    virtual ~LabelLookup() = default;
    /// Nothing if the row has no such label.
    virtual std::optional<std::string_view> find(std::string_view name) const = 0;
};

/// A label filter, compiled once. Threading: immutable, thread-safe.
class LabelFilterProgram {
public:
    struct Outcome {
        bool keep = false;
        /// "LabelFilterErr" with details if a value did not convert; the row is kept then
        /// (logql 3.7).
        std::string error;
        std::string error_details;
    };

    /// Errors: kInvalidArgument (`ip: invalid pattern: …`).
    static Result<std::shared_ptr<const LabelFilterProgram>> compile(const LabelFilter& filter);
    virtual ~LabelFilterProgram() = default;

    virtual Outcome evaluate(const LabelLookup& labels) const = 0;
    /// Label names that it reads.
    virtual const std::vector<std::string>& names() const = 0;
};

}  // namespace skald::read
