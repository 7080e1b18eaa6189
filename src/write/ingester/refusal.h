// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widest_label.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace skald::write {

/// Why the ingester does not take an entry.
enum class RefusalReason : std::size_t { kStreamLimit, kStreamRate, kTooFarBehind, kOutOfOrder };
inline constexpr std::size_t kRefusalReasonCount = 4;

/// The `reason` label of the discard metrics.
std::string_view to_string(RefusalReason reason) noexcept;

/// One refused entry, with what its message needs.
struct RefusedEntry {
    RefusalReason reason = RefusalReason::kTooFarBehind;
    TimeNs time = 0;
    TimeNs oldest_acceptable = 0;  ///< For kTooFarBehind.
    std::uint64_t line_bytes = 0;  ///< For kStreamRate.
};

/// The refused entries of one stream of one push.
struct RefusedStream {
    StreamPtr stream;
    std::uint32_t index = 0;            ///< Of the stream in its batch.
    std::vector<RefusedEntry> entries;  ///< The first few.
    std::uint64_t refused = 0;
    std::uint64_t total = 0;  ///< Entries of the stream in the push.
    RefusalReason last = RefusalReason::kTooFarBehind;
    WidestLabel widest = {};  ///< Of the tenant's streams, for kStreamLimit.

    /// The answer to the client, in Loki's words (http-api 5.3): kLimitExceeded if the last
    /// refusal was by a limit, else kInvalidArgument.
    Error error(const TenantId& tenant, const Limits& limits) const;
};

}  // namespace skald::write
