// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_scan.h"

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/storage/block/block_filter.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace skald::read {

/// One alternative of a line filter, without its negation.
/// Threading: thread-safe.
class LineMatcher {
public:
    virtual ~LineMatcher() = default;

    /// True if there is no line that does not match.
    virtual bool matches_all() const { return false; }
    virtual bool matches(std::string_view line) const = 0;
    /// Adds the matching rows of the range to `found`; may leave out rows that are not in `wanted`
    /// or in `found` already, or add the former.
    virtual void scan(const RowRange& range, const RowSet& wanted, RowSet& found) const;
    /// Every line that matches holds one of these; empty if nothing is known.
    virtual std::vector<storage::FilterProbe> probes() const { return {}; }
    /// For ordering: lower runs first.
    virtual int cost() const = 0;
};

/// When a regex is compiled for Hyperscan: after RE2 has read this many bytes for it.
inline constexpr std::size_t kHyperscanAfterBytes = std::size_t{4} << 20;

std::unique_ptr<const LineMatcher> make_literal_matcher(std::string_view text);
/// Errors: kInvalidArgument, `error parsing regexp: …`.
Result<std::unique_ptr<const LineMatcher>> make_regex_matcher(
    std::string_view pattern, std::size_t hyperscan_after = kHyperscanAfterBytes);
/// Errors: kInvalidArgument, see check_filter_pattern.
Result<std::unique_ptr<const LineMatcher>> make_pattern_matcher(std::string_view pattern);
/// Errors: kInvalidArgument, `ip: invalid pattern: "…"`.
Result<std::unique_ptr<const LineMatcher>> make_ip_matcher(std::string_view pattern);

}  // namespace skald::read
