// SPDX-License-Identifier: Apache-2.0
//
// Snappy blocks, the input as it is: accepted and unpacked as libsnappy does it, but for a literal
// of 4 GiB, which that takes for an empty one.
#include <skald/foundation/base/snappy_unpack.h>

#include <snappy.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view packed(reinterpret_cast<const char*>(bytes), size);
    std::size_t expected_size = 0;
    const bool sized = snappy::GetUncompressedLength(packed.data(), packed.size(), &expected_size);
    const auto unpacked_size = skald::snappy_unpacked_size(packed);
    if (unpacked_size.has_value() != sized) std::abort();
    if (!sized) return 0;
    if (*unpacked_size != expected_size) std::abort();
    if (expected_size > (std::size_t{1} << 20)) return 0;
    std::string expected;
    const bool good = snappy::Uncompress(packed.data(), packed.size(), &expected);
    const std::unique_ptr<char[]> out(new char[expected_size]);
    constexpr std::string_view kHugeLiteral = "\xFC\xFF\xFF\xFF\xFF";
    if (skald::unpack_snappy(packed, out.get(), expected_size) != good) {
        if (!good || packed.find(kHugeLiteral) == std::string_view::npos) std::abort();
        return 0;
    }
    if (good && std::string_view(out.get(), expected_size) != expected) std::abort();
    return 0;
}
