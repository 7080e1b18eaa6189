// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace skald {

/// Bounds what the regular expressions of one query take together: one of a dozen characters may
/// take 8 MiB for its program, and as much again for the states that it meets, and a query has room
/// for thousands. The first ones get what RE2 gives by default, later ones less for their states,
/// which makes them slower on odd texts at worst.
/// Threading: counts what is compiled on its own thread while it lives.
class RegexAllowance {
public:
    enum class Kind {
        kFresh,   ///< Counts from nothing, whatever is counted outside.
        kShared,  ///< Adds to that of the thread, if there is one.
    };
    explicit RegexAllowance(Kind kind);
    ~RegexAllowance();
    RegexAllowance(const RegexAllowance&) = delete;
    RegexAllowance& operator=(const RegexAllowance&) = delete;

    /// Compiles within the allowance of this thread; without one, as RE2 does. What is returned may
    /// be an expression that is not `ok`. Errors: kInvalidArgument, they are too many or too large
    /// together.
    static Result<std::shared_ptr<const re2::RE2>> compile(const std::string& pattern,
                                                           re2::RE2::Options options);

private:
    std::int64_t next_memory() const;
    Result<void> count(const re2::RE2& regex, bool large);

    RegexAllowance* const outer_;
    std::size_t regexes_ = 0;
    std::size_t large_ = 0;  ///< With all the memory that there is by default.
    std::uint64_t instructions_ = 0;
};

}  // namespace skald
