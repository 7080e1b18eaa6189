// SPDX-License-Identifier: Apache-2.0
//
// YAML that a person or a client writes: the configuration, a file of overrides, of access rules,
// of alerting and recording rules. The first byte of the input says which. Any
// bytes give a value or problems.
#include "support/memory_charge.h"

#include <skald/foundation/config/access_rules.h>
#include <skald/foundation/config/config.h>
#include <skald/read/ruler/rule_group.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

/// Any rules leave a set within bounds, or none.
void relabel(const std::optional<skald::RelabelRules>& rules) {
    if (!rules) return;
    static const skald::Labels kSet = skald::Labels::from_pairs(
        {{"__name__", "a:b"}, {"app", "Shop \xC3\x84\n"}, {"env", "prod;$1"}, {"bad", "\xFF"}});
    const std::optional<skald::Labels> left = rules->apply(kSet);
    if (left && left->heap_bytes() > 2 * skald::RelabelRules::kSetBytesMax) std::abort();
}

void read_overrides(std::string_view text) {
    const skald::Limits base;
    skald::LoadedOverrides loaded;
    load_overrides(text, base, loaded);
    if (!loaded.problems.empty()) return;
    for (const auto& [tenant, limits] : loaded.tenants) {
        relabel(limits.ruler_remote_write_relabel_configs);
        if (limits.ruler_alertmanager_config) relabel(limits.ruler_alertmanager_config->relabel);
    }
    // What is shown at /runtime_config can be read again and means the same.
    const std::string shown = overrides_yaml(loaded.tenants, base);
    skald::LoadedOverrides again;
    load_overrides(shown, base, again);
    if (!again.problems.empty() || overrides_yaml(again.tenants, base) != shown) std::abort();
}

void expand(std::string_view text) {
    const auto lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name.size() % 2 == 0) return std::nullopt;
        return std::string(name);
    };
    static_cast<void>(skald::expand_environment(text, lookup));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    switch (bytes[0] % 6) {
        case 0: static_cast<void>(skald::load_config(text, {})); break;
        case 1: read_overrides(text); break;
        case 2: static_cast<void>(skald::load_access_rules(text)); break;
        case 3: static_cast<void>(skald::read::parse_rule_file(text)); break;
        case 4:
            static_cast<void>(skald::read::parse_rule_group(text, skald::support::uncharged()));
            break;
        default: expand(text); break;
    }
    return 0;
}
