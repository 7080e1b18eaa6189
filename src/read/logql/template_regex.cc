// SPDX-License-Identifier: Apache-2.0
//
// Go's package regexp over RE2: which matches follow each other, and what "$1" stands for
// (https://pkg.go.dev/regexp#Regexp.Expand).
#include "template_regex.h"

#include "regex_text.h"

#include <skald/foundation/model/regex_replacement.h>
#include <skald/foundation/model/utf8.h>

#include <re2/re2.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace skald::read {

namespace {

/// Each compiled expression may use a megabyte and more.
constexpr std::size_t kCompiledMax = 16;

re2::StringPiece piece_of(std::string_view text) {
    return {text.data(), text.size()};
}

std::size_t character_length(std::string_view text, std::size_t at) {
    return std::max<std::size_t>(1, utf8_length(text, at));
}

/// Of this thread alone: how busy the machine is decides about no answer.
std::chrono::nanoseconds thread_time() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

Error too_slow() {
    return Error{ErrorCode::kDeadlineExceeded, "regular expression takes too long"};
}

}  // namespace

bool RegexEffort::go_on() {
    if (++matches_ % kMatchesBetween != 0) return true;
    const std::chrono::nanoseconds now = thread_time();
    if (matches_ == kMatchesBetween) started_ = now;
    return now - started_ <= limit_;
}

Result<std::shared_ptr<const re2::RE2>> RegexCache::find(std::string_view pattern) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = compiled_.find(pattern);
        if (found != compiled_.end()) return found->second;
    }
    SKALD_TRY(std::shared_ptr<const re2::RE2> regex, compile_regex(pattern));
    const std::lock_guard lock(mutex_);
    if (compiled_.size() >= kCompiledMax) compiled_.clear();
    compiled_.try_emplace(std::string(pattern), regex);
    return regex;
}

Result<std::string> replace_matches(const re2::RE2& regex, std::string_view text,
                                    std::string_view replacement, bool literal,
                                    std::size_t bytes_max, RegexEffort& effort) {
    const std::vector<ReplacementPart> parts = literal
                                                   ? std::vector<ReplacementPart>{{replacement, {}}}
                                                   : split_replacement(regex, replacement);
    const int groups = literal ? 1 : regex.NumberOfCapturingGroups() + 1;
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
    std::string out;
    std::size_t copied = 0;
    std::size_t at = 0;
    while (at <= text.size() && regex.Match(piece_of(text), at, text.size(), re2::RE2::UNANCHORED,
                                            found.data(), groups)) {
        const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
        const std::size_t end = begin + found[0].size();
        out.append(text, copied, begin - copied);
        // No empty match right behind another match.
        if (end > copied || begin == 0) {
            for (const ReplacementPart& part : parts) {
                out.append(part.text);
                if (!part.group || *part.group < 0) continue;
                const re2::StringPiece& group = found[static_cast<std::size_t>(*part.group)];
                if (!group.empty()) out.append(group.data(), group.size());
                if (out.size() > bytes_max) break;
            }
        }
        if (out.size() > bytes_max) return Error{ErrorCode::kTooLarge, "text too long"};
        if (!effort.go_on()) return too_slow();
        copied = end;
        at = end > at ? end : at < text.size() ? at + character_length(text, at) : at + 1;
    }
    out.append(text, copied);
    return out;
}

Result<std::int64_t> count_matches(const re2::RE2& regex, std::string_view text,
                                   RegexEffort& effort) {
    std::int64_t count = 0;
    std::size_t at = 0;
    std::optional<std::size_t> last_end;
    re2::StringPiece found;
    while (at <= text.size() &&
           regex.Match(piece_of(text), at, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
        const auto begin = static_cast<std::size_t>(found.data() - text.data());
        const std::size_t end = begin + found.size();
        const bool empty_behind_match = end == at && last_end == begin;
        if (!empty_behind_match) ++count;
        if (!effort.go_on()) return too_slow();
        at = end > at ? end : at < text.size() ? at + character_length(text, at) : at + 1;
        last_end = end;
    }
    return count;
}

}  // namespace skald::read
