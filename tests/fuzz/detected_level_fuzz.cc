// SPDX-License-Identifier: Apache-2.0
//
// Level detection reads lines of any bytes: both word searches must agree, and nothing may be read
// beyond the line (the copy has exactly its size).
#include "../../src/write/distributor/level_detector.h"
#include "../../src/write/distributor/level_words.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const skald::write::LevelDetector detector{skald::Limits{}};
    const std::vector<char> copy(bytes, bytes + size);
    const std::string_view line(copy.data(), copy.size());
    if (detector.from_line(line).empty()) std::abort();
    if (skald::write::find_level_word(line) != skald::write::find_level_word_portable(line))
        std::abort();
    return 0;
}
