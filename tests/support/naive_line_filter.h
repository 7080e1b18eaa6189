// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/text.h>
#include <skald/read/logql/ast.h>
#include <skald/read/logql/line_filter.h>

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// One alternative on one line, as plainly as it can be said. Patterns, addresses and regexes in
/// Go's own spelling have no plainer form than the program's, which is asked with this alternative
/// alone.
inline bool naive_matches(LineFilterOp op, const LineFilter::Alternative& alternative,
                          std::string_view line) {
    const bool contains = op == LineFilterOp::kContains || op == LineFilterOp::kNotContains;
    if (contains && !alternative.is_ip)
        return line.find(alternative.text) != std::string_view::npos;
    if (op == LineFilterOp::kRegex || op == LineFilterOp::kNotRegex) {
        const re2::RE2 regex(alternative.text, re2::RE2::Quiet);
        const auto ask = [&](std::string_view text) {
            return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
        };
        if (regex.ok()) return ask(line) || (!is_valid_utf8(line) && ask(to_valid_utf8(line)));
    }
    LineFilter positive{op, {alternative}};
    switch (op) {
        case LineFilterOp::kNotContains: positive.op = LineFilterOp::kContains; break;
        case LineFilterOp::kNotRegex: positive.op = LineFilterOp::kRegex; break;
        case LineFilterOp::kNotPattern: positive.op = LineFilterOp::kPattern; break;
        default: break;
    }
    const auto program = LineFilterProgram::compile({&positive, 1});
    return program && (*program)->matches(line);
}

/// A conjunction of line filters on one line.
inline bool naive_matches(const std::vector<LineFilter>& filters, std::string_view line) {
    return std::all_of(filters.begin(), filters.end(), [&](const LineFilter& filter) {
        const bool negative = filter.op == LineFilterOp::kNotContains ||
                              filter.op == LineFilterOp::kNotRegex ||
                              filter.op == LineFilterOp::kNotPattern;
        const bool any = std::any_of(
            filter.alternatives.begin(), filter.alternatives.end(),
            [&](const auto& alternative) { return naive_matches(filter.op, alternative, line); });
        return any != negative;
    });
}

}  // namespace skald::read
