// SPDX-License-Identifier: Apache-2.0
//
// The limits that a request's header names, over arbitrary bytes.
#include "../../src/api/asked_limits.h"

#include <skald/foundation/base/assert.h>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto limits =
        skald::api::parse_asked_limits(std::string(reinterpret_cast<const char*>(bytes), size));
    if (limits) {
        SKALD_ASSERT(limits->query_timeout >= 0 && limits->max_query_length >= 0);
        SKALD_ASSERT(limits->required_labels.size() <= size);
    } else {
        SKALD_ASSERT(!limits.error().message.empty());
    }
    return 0;
}
