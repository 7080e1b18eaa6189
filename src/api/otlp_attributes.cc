// SPDX-License-Identifier: Apache-2.0
#include "otlp_attributes.h"

#include "otlp_text.h"

#include <skald/foundation/model/text.h>

#include <string>
#include <utility>

namespace skald::api {

Result<void> OtlpAttributes::add(const OtlpNode& node, std::vector<LabelView>& pairs) {
    SKALD_TRY(const std::string_view name, normalized(node.key));
    return add_named(name, node, pairs);
}

Result<void> OtlpAttributes::add_named(std::string_view name, const OtlpNode& node,
                                       std::vector<LabelView>& pairs) {
    if (node.kind != OtlpKind::kMap) {
        const std::string_view value = otlp_text(logs_, node, arena_);
        SKALD_CHECK(charge_.take(value.size()));
        if (!room_.make(pairs)) return room_.refusal();
        pairs.push_back({name, value});
        return {};
    }
    for (std::uint32_t i = node.first; i != 0; i = logs_.nodes[i].next) {
        const OtlpNode& member = logs_.nodes[i];
        std::string joined;
        joined.reserve(name.size() + 1 + member.key.size());
        joined.append(name).append("_").append(member.key);
        // Long names of many members are more than the request itself has.
        SKALD_CHECK(charge_.take(joined.size()));
        SKALD_TRY(const std::string_view member_name, normalized(arena_.copy(joined)));
        SKALD_CHECK(add_named(member_name, member, pairs));
    }
    return {};
}

Result<std::string_view> OtlpAttributes::normalized(std::string_view name) {
    if (is_normalized_label_name(name)) return name;
    const auto known = names_.find(name);
    if (known != names_.end()) return known->second;
    Result<std::string> clean = normalize_label_name(name);
    // A client's mistake: it must not try again, as it would after an internal error.
    if (!clean) return Error{ErrorCode::kInvalidArgument, clean.error().message};
    const std::string_view kept = arena_.copy(*clean);
    names_.emplace(name, kept);
    SKALD_CHECK(charge_.take(kept.size()));
    return kept;
}

}  // namespace skald::api
