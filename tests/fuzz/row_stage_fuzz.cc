// SPDX-License-Identifier: Apache-2.0
//
// The first byte picks a stage, the second how much of what it makes is wanted, the text up to the
// first NUL is a pattern or a template for the stages that have one, the rest is the line. What is
// made with few labels wanted has the value that it has with all of them.
#include "support/label_row.h"

#include <skald/foundation/base/assert.h>
#include <skald/read/logql/row_stage.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace skald::read;

Stage pick(std::uint8_t byte, const std::string& text) {
    switch (byte % 12) {
        case 0: return JsonStage{};
        case 1: return JsonStage{{{"a", text}, {"b", "a.b[1]"}, {"c", "[0].c"}}};
        case 2: return LogfmtStage{};
        case 3: return LogfmtStage{true, true, {}};
        case 4: return LogfmtStage{true, false, {{"a", "b"}, {"c", text}}};
        case 5: return RegexpStage{text};
        case 6: return PatternStage{text};
        case 7: return UnpackStage{};
        case 8: return LineFormatStage{text};
        case 9: return LabelFormatStage{{{"x", true, "a"}, {"y", false, text}}};
        case 10: return RegexpStage{"\"(?P<a>[A-Z]+) (?P<b>[^ ]*)"};
        default: return DecolorizeStage{};
    }
}

void check(const LabelRow& all, const LabelRow& few, const WantedLabels& wanted) {
    for (const auto& [name, value] : few.parsed()) {
        SKALD_ASSERT(wanted.contains(name));
        const auto found = all.parsed().find(name);
        SKALD_ASSERT(all.has_error() || found != all.parsed().end());
        SKALD_ASSERT(found == all.parsed().end() || found->second == value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 2 || size > 4096) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const Stage stage = pick(bytes[0], std::string(rest.substr(0, end)));
    const std::string line(rest.substr(std::min(end + 1, rest.size())));

    WantedLabels wanted{false, {}};
    static constexpr const char* kNames[] = {"_", "a", "a_b", "app", "app_extracted",
                                             "b", "c", "k"};
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
        if ((bytes[1] >> i & 1) != 0) wanted.names.emplace_back(kNames[i]);
    }
    const auto of_all = RowStage::compile(stage, {});
    const auto of_few = RowStage::compile(stage, wanted);
    SKALD_ASSERT(static_cast<bool>(of_all) == static_cast<bool>(of_few));
    if (!of_all) return 0;
    LabelRow all(line, {{"app", "stream"}});
    LabelRow few(line, {{"app", "stream"}});
    (*of_all)->run(all);
    (*of_few)->run(few);
    // A format sets what it says; where a search for paths goes on behind damage depends on the
    // paths.
    if (bytes[0] % 12 != 1 && bytes[0] % 12 != 9) check(all, few, wanted);
    SKALD_ASSERT((*of_all)->changes_line() || all.line() == line);
    return 0;
}
