// SPDX-License-Identifier: Apache-2.0
#include "iec_bytes.h"

#include <cstdio>
#include <iterator>
#include <string_view>

namespace skald::read {

std::string format_iec_bytes(std::uint64_t bytes) {
    static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    auto value = static_cast<double>(bytes);
    for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
    const bool tenths = unit > 0 && value < 10;
    char text[32];
    std::snprintf(text, sizeof text, "%.*f ", tenths ? 1 : 0, value);
    return text + std::string(kUnits[unit]);
}

}  // namespace skald::read
