// SPDX-License-Identifier: Apache-2.0
#include "ingestion_block.h"

namespace skald::write {

std::optional<IngestionBlock::Refusal> IngestionBlock::refusal(const ResolvedStream& stream) const {
    const Limits& limits = *rules_.limits;
    if (limits.block_ingestion_until > now_)
        return Refusal{DiscardReason::kBlocked, text("", limits.block_ingestion_until) +
                                                    " (limits_config.block_ingestion_until)"};
    if (limits.policies.blocked_until.empty()) return std::nullopt;
    const std::string policy(stream.policy_name());
    const TimeNs until = limits.policies.blocked_until_of(policy);
    if (until <= now_) return std::nullopt;
    return Refusal{DiscardReason::kBlockedPolicy,
                   text(" (policy: '" + policy + "')", until) +
                       " (limits_config.block_ingestion_policy_until)"};
}

std::string IngestionBlock::text(const std::string& policy, TimeNs until) const {
    return "ingestion blocked for user '" + rules_.tenant.text() + "'" + policy + " until '" +
           format_rfc3339(until) + "' with status code '" +
           std::to_string(rules_.limits->block_ingestion_status_code) + "'";
}

}  // namespace skald::write
