// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace skald::read {

/// The regular expression and the replacement of label_replace, compiled once.
/// Threading: immutable, thread-safe.
class LabelReplacement {
public:
    /// Errors: kInvalidArgument, `error parsing regexp: …`.
    static Result<std::shared_ptr<const LabelReplacement>> compile(std::string_view regex,
                                                                   std::string_view replacement);
    virtual ~LabelReplacement() = default;

    /// The replacement with `$1`, `${name}` filled in if all of `value` matches; else nothing.
    virtual std::optional<std::string> apply(std::string_view value) const = 0;
};

}  // namespace skald::read
