// SPDX-License-Identifier: Apache-2.0
//
// Compressed bodies from the network: never more than the limit, and the budget ends where it
// began.
#include "../src/api/compression.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald::api;
    constexpr std::uint64_t kMax = 1 << 16;
    if (size == 0) return 0;
    const std::string_view packed(reinterpret_cast<const char*>(bytes + 1), size - 1);
    skald::MemoryBudget budget(1 << 20);
    {
        BudgetShare share(budget);
        constexpr BodyEncoding kEncodings[] = {BodyEncoding::kGzip, BodyEncoding::kDeflate,
                                               BodyEncoding::kZstd, BodyEncoding::kLz4};
        const auto out = unpack_body(packed, kEncodings[bytes[0] % 4], kMax, share);
        if (out && (out->size() > kMax || share.bytes() != out->size())) std::abort();
    }
    if (budget.used() != 0) std::abort();
    static_cast<void>(accepts_gzip(packed));
    return 0;
}
