// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::storage {

/// The matchers of one query, applied to the streams of many tables: an expression looks at each
/// distinct value once, as long as there are not thousands of them.
/// Threading: single-owner.
class StreamFilter {
public:
    /// `matchers` must outlive the filter.
    explicit StreamFilter(const std::vector<Matcher>& matchers);

    bool accepts(const Labels& labels);

private:
    struct Condition {
        const Matcher* matcher = nullptr;
        bool remembers = false;  ///< Comparing is cheaper than looking up; expressions are not.
        std::string last_value;
        bool last_answer = false;
        std::unordered_map<std::string, bool, TransparentStringHash, std::equal_to<>> answers;
    };

    static bool ask(Condition& condition, std::string_view value);

    std::vector<Condition> conditions_;
};

}  // namespace skald::storage
