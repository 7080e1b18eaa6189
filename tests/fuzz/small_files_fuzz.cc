// SPDX-License-Identifier: Apache-2.0
//
// Small files: an instance's name, the state of an export, sealed rules, files of the disk cache;
// and what `skald inspect` says of them. The first byte of the input says which. A checksum is made
// to fit, too, or nothing behind it would be reached.
#include "../src/read/ruler/rule_store.h"
#include "../src/storage/objstore/extent_files.h"
#include "../src/tools/small_files_outline.h"
#include "../src/tools/transfer_state.h"
#include "support/faulty_file_system.h"

#include <skald/foundation/base/assert.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/wal/instance_file.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace skald;           // NOLINT(google-build-using-namespace): a program.
using namespace skald::storage;  // NOLINT(google-build-using-namespace)

std::string hex_of(std::string_view bytes) {
    std::array<char, 17> hex{};
    std::snprintf(hex.data(), hex.size(), "%016llx",
                  static_cast<unsigned long long>(hash64(bytes)));
    return hex.data();
}

void read_instance(std::string_view text) {
    const InstanceFile file = decode_instance_file(text);
    if (!file.is_whole || !file.has_checksums) return;
    SKALD_ASSERT(encode_instance_file(file.name) == text);
}

void read_state(const std::string& text) {
    for (const std::string& input : {text, text + hex_of(text) + "\n"}) {
        const auto state = tools::TransferState::decode(input);
        if (!state) continue;
        const auto again = tools::TransferState::decode(state->encode());
        SKALD_ASSERT(again.has_value() && again->job == state->job &&
                     again->bytes == state->bytes && again->lines == state->lines);
    }
}

void read_rules(const std::string& text) {
    FaultyFileSystem files(1);
    const read::RuleStore rules(files, "rules", false);
    for (const std::string& input : {text, "# skald rules, xxh3 " + hex_of(text) + "\n" + text}) {
        files.put("rules/t/n", input);
        std::vector<std::string> problems;
        SKALD_ASSERT(rules.load(problems).has_value());
    }
}

/// The input is a header up to its checksum, and what is behind it. Requires: `object` of the name.
void read_extent(std::string_view text) {
    constexpr std::size_t kHeaderBytes = 160;
    const ExtentId id{{0x1111111111111111, 0x2222222222222222}, 3};
    std::string header(text.substr(0, kHeaderBytes));
    header.resize(kHeaderBytes);
    std::string file = header;
    ByteWriter(file).u64(hash64(header));
    file += text.substr(std::min(kHeaderBytes, text.size()));
    FaultyFileSystem files(1);
    files.put("cache/11/11111111111111112222222222222222-3", file);
    MetricsRegistry metrics;
    ExtentFiles extents(files, "cache", 4 << 20, metrics);
    SKALD_ASSERT(extents.open().has_value());
    const std::size_t size = file.size() - kHeaderBytes - 8;
    const auto found = extents.read(id, 0, size);
    if (found) SKALD_ASSERT(found->view() == std::string_view(file).substr(kHeaderBytes + 8));
    static_cast<void>(extents.read(id, size / 2, size));
}

void outline(std::string_view text) {
    using Show = Result<void> (*)(std::string_view, tools::Outline&);
    constexpr std::array<std::pair<std::string_view, Show>, 6> kKinds = {
        {{storage::kDeleteMagic, tools::outline_delete},
         {tools::kPatternsMagic, tools::outline_patterns},
         {tools::kAlertsMagic, tools::outline_alerts},
         {tools::kRulesMagic, tools::outline_rules},
         {tools::kExtentMagic, tools::outline_extent},
         {"", tools::outline_instance}}};
    for (const auto& [magic, show] : kKinds) {
        tools::Outline out;
        static_cast<void>(show(std::string(magic) + std::string(text), out));
        static_cast<void>(out.json());
        static_cast<void>(out.text());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    switch (bytes[0] % 5) {
        case 0: read_instance(text); break;
        case 1: read_state(text); break;
        case 2: read_rules(text); break;
        case 3: read_extent(text); break;
        default: outline(text); break;
    }
    return 0;
}
