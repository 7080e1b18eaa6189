// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/assert.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace skald {

inline StreamPtr make_stream(std::vector<Labels::Pair> pairs) {
    return std::make_shared<const Stream>(Labels::from_pairs(std::move(pairs)));
}

inline Matcher make_matcher(MatchOp op, std::string name, std::string value) {
    Result<Matcher> matcher = Matcher::create(op, std::move(name), std::move(value));
    SKALD_ASSERT(matcher.has_value());
    return *matcher;
}

/// Sorts streams by label and drops repeated ones, as a region's list is.
inline std::vector<StreamPtr> in_label_order(std::vector<StreamPtr> streams) {
    std::sort(streams.begin(), streams.end(),
              [](const StreamPtr& a, const StreamPtr& b) { return a->labels < b->labels; });
    const auto same = [](const StreamPtr& a, const StreamPtr& b) { return a->id == b->id; };
    streams.erase(std::unique(streams.begin(), streams.end(), same), streams.end());
    return streams;
}

/// Streams and matchers over few names and values, so that they meet often. Some labels are
/// missing, some values are empty or hold bytes that a key format might trip over. Threading:
/// single-owner.
class RandomStreams {
public:
    explicit RandomStreams(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }

    StreamPtr stream() {
        std::vector<Labels::Pair> pairs;
        for (const std::string& name : kNames) {
            if (below(3) > 0) pairs.emplace_back(name, value());
        }
        if (pairs.empty()) pairs.emplace_back("app", "only");
        return make_stream(std::move(pairs));
    }

    std::vector<StreamPtr> streams(std::size_t count) {
        std::vector<StreamPtr> streams;
        for (std::size_t i = 0; i < count; ++i) streams.push_back(stream());
        return in_label_order(std::move(streams));
    }

    Matcher matcher() {
        static const std::vector<std::string> kPatterns = {"a|b", "a.*",      ".*",    ".+",
                                                           "",    "c[0-9]+|", "(?i)A", "zzz"};
        const auto op = static_cast<MatchOp>(below(4));
        const bool is_pattern = op == MatchOp::kRegex || op == MatchOp::kNotRegex;
        // "missing" is a name that no stream has.
        std::string name = below(12) == 0 ? "missing" : kNames[below(kNames.size())];
        return make_matcher(op, std::move(name),
                            is_pattern ? kPatterns[below(kPatterns.size())] : value());
    }

    std::vector<Matcher> matchers() {
        std::vector<Matcher> matchers;
        for (std::size_t count = below(4); count > 0; --count) matchers.push_back(matcher());
        return matchers;
    }

private:
    std::string value() {
        static const std::vector<std::string> kValues = {
            "a",    "b",        "ab", "", std::string("a\0", 2), std::string("a\0\0\0\0b", 6),
            "\xff", "\xff\xff", "A"};
        const std::size_t kind = below(4);
        return kind == 0 ? "c" + std::to_string(below(30)) : kValues[below(kValues.size())];
    }

    inline static const std::vector<std::string> kNames = {"app", "env", "host", "n", "name"};
    std::mt19937_64 random_;
};

}  // namespace skald
