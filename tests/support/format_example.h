// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <fstream>
#include <string>

namespace skald {

/// The bytes of the n-th ```hex block of a page under docs/formats/; what follows a '#' is comment.
/// Empty if there is none.
inline std::string format_example(const std::string& page, int number) {
    std::ifstream in(std::string(SKALD_SOURCE_DIR) + "/docs/formats/" + page);
    std::string digits;
    int seen = -1;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("```")) {
            inside = line == "```hex";
            seen += inside ? 1 : 0;
            continue;
        }
        if (!inside || seen != number) continue;
        for (const char c : line.substr(0, line.find('#'))) {
            if (std::isxdigit(static_cast<unsigned char>(c)) != 0) digits.push_back(c);
        }
    }
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// Two digits a byte, with spaces: what the pages show.
inline std::string to_hex(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        constexpr const char* kDigits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        text += {kDigits[byte >> 4], kDigits[byte & 15], ' '};
    }
    return text;
}

}  // namespace skald
