// SPDX-License-Identifier: Apache-2.0
//
// Any bytes are a query or an error; what is printed of a query parses to the same text.
#include <skald/foundation/base/assert.h>
#include <skald/read/logql/parser.h>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using skald::read::parse_query;
    const std::string_view query(reinterpret_cast<const char*>(bytes), size);
    const auto parsed = parse_query(query);
    if (!parsed) {
        SKALD_ASSERT(parsed.error().message.starts_with("parse error"));
        return 0;
    }
    const std::string text = to_string(**parsed);
    if (text.size() >= skald::read::kQueryBytesMax) return 0;
    const auto again = parse_query(text);
    SKALD_ASSERT(again.has_value());
    SKALD_ASSERT(to_string(**again) == text);
    return 0;
}
