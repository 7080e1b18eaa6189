// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/regex_allowance.h>

#include <utility>

namespace skald {

namespace {

constexpr std::size_t kRegexesMax = 512;
/// A dozen expressions of the largest that people write, or a third of a second of compiling.
constexpr std::uint64_t kInstructionsMax = 500'000;
constexpr std::size_t kLargeFirst = 2;
constexpr std::size_t kLargeMax = 8;
constexpr std::size_t kMediumFirst = 16;
constexpr std::int64_t kMediumBytes = kMiB;
constexpr std::int64_t kSmallBytes = 128 * kKiB;

thread_local RegexAllowance* current = nullptr;

Error refused(std::string why) {
    return {ErrorCode::kInvalidArgument, std::move(why)};
}

}  // namespace

RegexAllowance::RegexAllowance(Kind kind) : outer_(current) {
    if (kind == Kind::kFresh || outer_ == nullptr) current = this;
}

RegexAllowance::~RegexAllowance() {
    current = outer_;
}

std::int64_t RegexAllowance::next_memory() const {
    if (regexes_ < kLargeFirst) return re2::RE2::Options::kDefaultMaxMem;
    return regexes_ < kMediumFirst ? kMediumBytes : kSmallBytes;
}

Result<std::shared_ptr<const re2::RE2>> RegexAllowance::compile(const std::string& pattern,
                                                                re2::RE2::Options options) {
    RegexAllowance* const allowance = current;
    if (allowance == nullptr) return std::make_shared<const re2::RE2>(pattern, options);
    if (allowance->regexes_ >= kRegexesMax) {
        return refused("more than " + std::to_string(kRegexesMax) +
                       " regular expressions in one query");
    }
    const std::int64_t memory = allowance->next_memory();
    bool large = memory == re2::RE2::Options::kDefaultMaxMem;
    options.set_max_mem(memory);
    auto compiled = std::make_shared<const re2::RE2>(pattern, options);
    if (!compiled->ok() && !large && compiled->error_code() == re2::RE2::ErrorPatternTooLarge) {
        large = true;
        options.set_max_mem(re2::RE2::Options::kDefaultMaxMem);
        compiled = std::make_shared<const re2::RE2>(pattern, options);
    }
    if (compiled->ok()) {
        SKALD_CHECK(allowance->count(*compiled, large));
    }
    return compiled;
}

Result<void> RegexAllowance::count(const re2::RE2& regex, bool large) {
    ++regexes_;
    if (large) ++large_;
    instructions_ += static_cast<std::uint64_t>(regex.ProgramSize());
    if (instructions_ <= kInstructionsMax && large_ <= kLargeMax) return {};
    return refused(
        "the regular expressions of the query are too large together; use fewer, or "
        "smaller counts of repetition");
}

}  // namespace skald
