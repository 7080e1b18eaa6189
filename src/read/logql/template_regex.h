// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace skald::read {

/// Compiled expressions whose text only an execution knows, for one template.
/// Threading: thread-safe.
class RegexCache {
public:
    /// Errors: kInvalidArgument, `error parsing regexp: …`.
    Result<std::shared_ptr<const re2::RE2>> find(std::string_view pattern);

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const re2::RE2>, std::less<>> compiled_;
};

/// The CPU time that the expressions of one execution may take. A search is linear in the text, but
/// where every match looks at the whole rest of it, all of them together are not.
class RegexEffort {
public:
    explicit RegexEffort(std::chrono::milliseconds limit = std::chrono::seconds(2))
        : limit_(limit) {}

    /// Called once a match; false when the time is over. Looks at the clock only now and then.
    bool go_on();

private:
    static constexpr std::uint32_t kMatchesBetween = 256;

    std::chrono::milliseconds limit_;
    std::chrono::nanoseconds started_{0};
    std::uint32_t matches_ = 0;
};

/// Go's Regexp.ReplaceAllString: `$1`, `${name}` stand for groups unless `literal`.
/// Errors: kTooLarge if the result is longer than `bytes_max`, kDeadlineExceeded.
Result<std::string> replace_matches(const re2::RE2& regex, std::string_view text,
                                    std::string_view replacement, bool literal,
                                    std::size_t bytes_max, RegexEffort& effort);
/// Go's len(Regexp.FindAllString(text, -1)). Errors: kDeadlineExceeded.
Result<std::int64_t> count_matches(const re2::RE2& regex, std::string_view text,
                                   RegexEffort& effort);

}  // namespace skald::read
