// SPDX-License-Identifier: Apache-2.0
//
// The first byte picks an operator, the text up to the first NUL is the pattern, the rest are
// lines, parted by NUL. A block gives the rows that the naive evaluation gives.
#include "support/line_block.h"
#include "support/naive_line_filter.h"

#include <skald/foundation/base/assert.h>
#include <skald/read/logql/line_filter.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald::read;
    if (size == 0 || size > 4096) return 0;
    LineFilter filter;
    filter.op = static_cast<LineFilterOp>(bytes[0] % 6);
    std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const auto take = [&] {
        const std::string_view part = rest.substr(0, rest.find('\0'));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        return std::string(part);
    };
    filter.alternatives.push_back({take(), (bytes[0] & 0x80) != 0});
    const auto program = LineFilterProgram::compile({&filter, 1});
    if (!program) return 0;
    std::vector<std::string> lines;
    while (!rest.empty()) lines.push_back(take());

    std::vector<std::uint32_t> rows;
    (*program)->apply(skald::storage::make_line_column(lines), 0,
                      static_cast<std::uint32_t>(lines.size()), rows);

    std::vector<std::uint32_t> expected;
    for (std::uint32_t row = 0; row < lines.size(); ++row) {
        if (naive_matches({filter}, lines[row])) expected.push_back(row);
    }
    SKALD_ASSERT(rows == expected);
    return 0;
}
