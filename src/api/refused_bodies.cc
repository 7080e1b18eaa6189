// SPDX-License-Identifier: Apache-2.0
#include "refused_bodies.h"

#include <skald/foundation/telemetry/discarded.h>

#include <string>

namespace skald::api {

bool is_for_size(const Error& error) {
    return error.code == ErrorCode::kTooLarge ||
           error.message.starts_with("decompressed message size too large");
}

void RefusedBodies::count(const TenantId& tenant, std::uint64_t bytes) const {
    discarded_bytes(metrics_, {.reason = "request_body_too_large",
                               .tenant = tenant.text(),
                               .retention_hours = {},
                               .policy = {},
                               .format = std::string(to_string(format_))})
        .add(static_cast<double>(bytes));
}

}  // namespace skald::api
