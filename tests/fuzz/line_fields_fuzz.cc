// SPDX-License-Identifier: Apache-2.0
//
// Fields of lines: any bytes give a bounded list of names that are labels and values that are
// UTF-8.
#include <skald/foundation/model/text.h>
#include <skald/read/logql/line_fields.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    skald::read::LineFields fields;
    const auto format = fields.read(std::string_view(reinterpret_cast<const char*>(bytes), size));
    if (fields.fields().empty() != (format == skald::read::LineFormat::kPlain)) std::abort();
    if (fields.fields().size() > skald::read::LineFields::kFieldsMax) std::abort();
    for (const skald::read::LineField& field : fields.fields()) {
        if (!skald::is_valid_label_name(field.name) || field.value.empty()) std::abort();
        if (!skald::is_valid_utf8(field.value)) std::abort();
        const bool is_json = format == skald::read::LineFormat::kJson;
        if (field.path.empty() == is_json) std::abort();
    }
    return 0;
}
