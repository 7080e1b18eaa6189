// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "discards.h"
#include "resolved_stream.h"
#include "tenant_rules.h"

#include <skald/foundation/model/time.h>

#include <optional>
#include <string>

namespace skald::write {

/// Writes that are forbidden for a while (`block_ingestion_until`, `block_ingestion_policy_until`).
/// Threading: immutable; `rules` must outlive it.
class IngestionBlock {
public:
    IngestionBlock(const TenantRules& rules, TimeNs now) : rules_(rules), now_(now) {}

    struct Refusal {
        DiscardReason reason = DiscardReason::kBlocked;
        std::string message;
    };
    /// Why lines of the stream are not taken now, or nothing.
    std::optional<Refusal> refusal(const ResolvedStream& stream) const;
    /// True if the client isn't told (`block_ingestion_status_code: 200`).
    bool silent() const { return rules_.limits->block_ingestion_status_code == 200; }

private:
    std::string text(const std::string& policy, TimeNs until) const;

    const TenantRules& rules_;
    const TimeNs now_;
};

}  // namespace skald::write
