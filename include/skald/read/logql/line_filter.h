// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/read/logql/ast.h>
#include <skald/storage/block/block.h>
#include <skald/storage/block/block_filter.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace skald::read {

/// A conjunction of line filters, compiled once and run over whole blocks: the text is searched as
/// one buffer and hits are mapped back to lines.
///
/// Read path: block columns -> [LineFilterProgram] -> selected rows.
/// Threading: immutable; `apply` is thread-safe (scratch memory is per thread).
class LineFilterProgram {
public:
    /// Errors: kInvalidArgument, `stage '|~ "("' : error parsing regexp: …` and the other texts of
    /// logql 2.1/2.2.
    static Result<std::shared_ptr<const LineFilterProgram>> compile(
        std::span<const LineFilter> filters);
    virtual ~LineFilterProgram() = default;

    /// True if every line passes (no filter, or only empty ones).
    virtual bool passes_all() const = 0;
    /// Rows of [begin, end) whose line passes, ascending, appended to `rows`.
    virtual void apply(const storage::LineColumn& lines, std::uint32_t begin, std::uint32_t end,
                       std::vector<std::uint32_t>& rows) const = 0;
    /// What a block must hold for any line to pass.
    virtual const storage::FilterCondition& block_condition() const = 0;
    /// One line; for callers that have no block.
    virtual bool matches(std::string_view line) const = 0;
};

/// Offset of the first occurrence of `needle` in `text` at or after `from`, or npos. Vectorised
/// (AVX2 where the machine has it), much faster than string_view::find on long texts.
std::size_t find_literal(std::string_view text, std::string_view needle, std::size_t from) noexcept;

}  // namespace skald::read
