// SPDX-License-Identifier: Apache-2.0
//
// Label sets, selectors, tenants' names, durations, sizes and numbers as clients write them. What
// is taken says the same when it is written and read again.
#include "../src/api/org_ids.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/matcher.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void read_labels(std::string_view text) {
    const auto pairs = skald::parse_label_pairs(text);
    if (!pairs) return;
    const auto labels = skald::Labels::from_pairs(*pairs);
    const auto again = skald::parse_label_pairs(labels.to_string());
    if (!again || skald::Labels::from_pairs(*again) != labels) std::abort();
}

void read_tenants(std::string_view text) {
    const auto tenant = skald::TenantId::parse(text);
    if (tenant) {  // Its name becomes a folder's.
        const std::string& name = tenant->text();
        if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
            std::abort();
    }
    static_cast<void>(skald::api::parse_org_ids(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    read_labels(text);
    read_tenants(text);
    static_cast<void>(skald::parse_matchers(text));
    static_cast<void>(skald::parse_go_duration(text));
    static_cast<void>(skald::parse_prometheus_duration(text));
    static_cast<void>(skald::parse_float(text));
    static_cast<void>(skald::parse_int(text));
    static_cast<void>(skald::parse_humanized_bytes(text));
    static_cast<void>(skald::parse_byte_size(text));
    return 0;
}
