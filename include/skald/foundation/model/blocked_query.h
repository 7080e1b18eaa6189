// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace skald {

/// What the rules of `blocked_queries` see of a query.
struct QueryTraits {
    std::string_view text;
    std::string_view type;  ///< "metric", "filter" (log lines, with stages) or "limited".
    std::string_view tags;  ///< As in `X-Query-Tags`: "source=a,name=b".
};

/// A rule of `blocked_queries`: queries that a tenant may not run. Everything that it names must be
/// so; a rule that names neither hash nor pattern blocks every query of its types and tags.
/// Threading: immutable, cheap to copy.
class BlockedQuery {
public:
    using Tag = std::pair<std::string, std::string>;
    struct Rule {
        std::string pattern;             ///< The whole query, or with `regex` an expression in it.
        bool regex = false;              ///< Unanchored.
        std::uint32_t hash = 0;          ///< Of the query's text, see query_hash; 0: any.
        std::vector<std::string> types;  ///< Empty: all.
        std::vector<Tag> tags;           ///< Names and values; all must be there.
    };

    /// Errors: kInvalidArgument for an expression or a type that isn't one.
    static Result<BlockedQuery> create(Rule rule);

    bool blocks(const QueryTraits& query) const;
    const Rule& rule() const noexcept { return rule_; }

private:
    BlockedQuery() = default;

    Rule rule_;
    std::shared_ptr<const re2::RE2> regex_;
};

/// FNV-1 with 32 bits: the `query_hash` of the log line about a query.
std::uint32_t query_hash(std::string_view query) noexcept;

/// One `name=value` of `X-Query-Tags`.
struct QueryTag {
    std::string name;  ///< Lower-cased.
    std::string value;
};
/// The tags of `X-Query-Tags`, `count_max` at most; bytes other than letters, digits and -=.@ and
/// space are written as '_'.
std::vector<QueryTag> split_tags(std::string_view tags, std::size_t count_max);

/// The value of a tag of `X-Query-Tags`, whose name is compared without regard to case; empty if it
/// is not there.
std::string_view tag_value(std::string_view tags, std::string_view name) noexcept;

}  // namespace skald
