// SPDX-License-Identifier: Apache-2.0
//
// Query strings, forms and media types from the network: any bytes give a value or an error.
#include "../src/api/http_form.h"
#include "../src/api/query_parameters.h"

#include <skald/foundation/model/blocked_query.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald::api;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    Form form;
    if (form.add(text)) {
        std::size_t total = 0;
        for (const auto& [name, value] : form.pairs()) total += name.size() + value.size();
        if (total > size) std::abort();  // Decoding never adds bytes.
        static_cast<void>(parse_range_query(form, 1'793'500'000'000'000'000));
        static_cast<void>(parse_instant_query(form, 1'793'500'000'000'000'000));
    }
    static_cast<void>(parse_media_type(text));
    static_cast<void>(skald::tag_value(text, "source"));
    return 0;
}
