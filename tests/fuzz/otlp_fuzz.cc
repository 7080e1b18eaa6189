// SPDX-License-Identifier: Apache-2.0
//
// OpenTelemetry's log records in both encodings: what is accepted maps to a consistent batch,
// within the memory that a request may take.
#include "../../src/api/otlp_json.h"
#include "../../src/api/otlp_mapping.h"
#include "../../src/api/otlp_protobuf.h"
#include "support/otlp_document.h"
#include "support/push_batch_check.h"
#include "support/unlimited_share.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Limits limits;
    limits.otlp_config.severity_text_as_label = true;
    limits.otlp_config.log_rules.push_back({OtlpAction::kIndexLabel, {"a"}, {}});
    for (const bool json : {false, true}) {
        auto logs =
            json ? api::decode_otlp_json(support::buffer_of(text), support::unlimited_share())
                 : api::decode_otlp_protobuf(support::buffer_of(text), support::unlimited_share());
        if (!logs) continue;
        MemoryBudget budget(std::uint64_t{1} << 22);
        api::BudgetShare share(budget);
        const auto batch = api::map_otlp(*std::move(logs), limits, 1, share);
        if (batch) support::check_push_batch(*batch);
    }
    return 0;
}
