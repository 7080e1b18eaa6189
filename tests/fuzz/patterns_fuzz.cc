// SPDX-License-Identifier: Apache-2.0
//
// Log patterns: of any lines the templates match, as pattern filters, what they count; any bytes as
// the file of saved patterns give a table or an error.
#include "../src/write/patterns/pattern_table.h"

#include <skald/foundation/base/hash.h>
#include <skald/read/logql/line_filter.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::vector<std::string> kMessageKeys = {"message", "msg"};

using namespace skald;

void decode(std::string_view bytes) {
    std::string file(bytes);
    const std::uint64_t sum = hash64(file);
    file.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    write::PatternTable table(1 << 20);
    if (!table.decode(file)) return;
    write::PatternTable again(1 << 20);
    if (!again.decode(table.encode())) std::abort();
}

void check(const std::string& pattern, std::string_view line) {
    const read::LineFilter filter{.op = read::LineFilterOp::kPattern,
                                  .alternatives = {{.text = pattern, .is_ip = false}}};
    const auto program = read::LineFilterProgram::compile(std::span(&filter, 1));
    if (!program || !(*program)->matches(line)) std::abort();
}

void learn(std::string_view text) {
    write::TemplateTree tree;
    write::LineWords words;
    std::vector<std::string_view> lines;
    // Every third line break stays in its line.
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = text.find('\n', begin);
        if (end != std::string_view::npos && lines.size() % 3 == 2) end = text.find('\n', end + 1);
        lines.push_back(text.substr(begin, end - begin));
        begin = end == std::string_view::npos ? text.size() : end + 1;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (words.cut(lines[i], kMessageKeys))
            tree.add(words, static_cast<std::uint32_t>(i), 1, true);
    }
    for (const auto& [shape, group] : tree.groups()) {
        for (const write::LineTemplate& each : group.templates) {
            const std::string pattern = group.pattern_of(each);
            for (const auto& count : each.counts.counts()) check(pattern, lines[count.slot]);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    decode(text);
    learn(text);
    return 0;
}
