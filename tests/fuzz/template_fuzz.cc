// SPDX-License-Identifier: Apache-2.0
//
// Any bytes are a template or an error, and what runs ends within its bounds. The input is a
// template; what follows a NUL byte is the line and the label "v".
#include "support/template_row.h"

#include <skald/foundation/base/assert.h>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace skald::read;  // NOLINT(google-build-using-namespace)
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::string_view text = input.substr(0, input.find('\0'));
    const std::string value(text.size() < size ? input.substr(text.size() + 1) : "42");
    const auto compiled = LineTemplate::compile(text, "line");
    if (!compiled) {
        SKALD_ASSERT(compiled.error().message.starts_with("template: line:"));
        return 0;
    }
    const TemplateRow row(
        {{"v", value}, {"app", "a"}, {"j", R"({"a":[1,"x",null],"b":{"c":2.5}})"}}, value);
    const auto out = (*compiled)->execute(row);
    if (!out) {
        SKALD_ASSERT(out.error().message.starts_with("template: line:"));
        return 0;
    }
    SKALD_ASSERT(out->size() <= std::size_t{4} << 20 || out->size() == value.size());
    if (!(*compiled)->only_label().empty()) {
        SKALD_ASSERT(*out == row.find((*compiled)->only_label()).value_or(""));
    }
    return 0;
}
