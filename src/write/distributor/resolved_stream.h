// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discards.h"
#include "tenant_rules.h"

#include <skald/foundation/model/labels.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace skald::write {

/// What a label text of a push comes to under the rules of one tenant: a stream, or why there is
/// none. Threading: immutable once made; shared by the requests that name it.
struct ResolvedStream {
    enum class Outcome : std::uint8_t {
        kAccepted,
        kUnparsable,  ///< The request as a whole is refused.
        kRefused,     ///< The stream is refused, the others of the request go on.
    };

    // In an order without gaps: there is one a stream.
    Outcome outcome = Outcome::kAccepted;
    bool internal = false;                                 ///< Written by the server to itself.
    DiscardReason reason = DiscardReason::kInvalidLabels;  ///< Of a refusal, for the metrics.
    std::uint32_t token = 0;                               ///< Its place on the ring.
    StreamPtr stream;                                      ///< Null unless accepted.
    std::string_view level;  ///< The level that the labels give, or "". A constant or in `stream`.
    std::unique_ptr<const std::string> note;    ///< Why it is not accepted, or null.
    std::shared_ptr<const std::string> policy;  ///< That it is under, or null.

    /// "" if there is none.
    std::string_view policy_name() const noexcept {
        return policy ? std::string_view(*policy) : std::string_view();
    }
};

/// Parses, completes (service_name) and checks the labels of a stream (http-api 4.6, 4.7, 5.2).
/// `policy` is the one that the sender named, "": that of the labels.
ResolvedStream resolve_stream(std::string_view label_text, const TenantRules& rules,
                              const std::string& policy = {});

}  // namespace skald::write
