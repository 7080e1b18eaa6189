// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_scan.h"

#include <memory>
#include <string>

namespace skald::read {

/// A compiled Hyperscan pattern (see RegexPlan::scan_pattern).
/// Threading: immutable; scratch memory is per thread.
class HyperscanPattern {
public:
    /// Nothing if Hyperscan refuses the pattern.
    static std::unique_ptr<const HyperscanPattern> create(const std::string& pattern);
    virtual ~HyperscanPattern() = default;

    /// Adds the rows in whose lines a match ends. False if the scan failed; `found` is then
    /// incomplete.
    virtual bool scan(const RowRange& range, RowSet& found) const = 0;
};

}  // namespace skald::read
