// SPDX-License-Identifier: Apache-2.0
//
// JSON pushes of both shapes: whatever is accepted must be consistent and readable to its last
// byte.
#include "../../src/api/push_json.h"
#include "support/push_batch_check.h"
#include "support/unlimited_share.h"

#include <skald/foundation/base/buffer.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    for (const bool legacy : {false, true}) {
        skald::Buffer body(size);
        if (size > 0) std::memcpy(body.data(), bytes, size);
        const auto batch = skald::api::decode_push_json(std::move(body), legacy,
                                                        skald::support::unlimited_share());
        if (batch) skald::support::check_push_batch(*batch);
    }
    return 0;
}
