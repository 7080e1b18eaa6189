// SPDX-License-Identifier: Apache-2.0
//
// Rows of the catalog, the file of alerts (raw, and with a right checksum, so that what is behind
// it is reached) and lines of an export. The first byte of the input says which.
#include "../src/read/ruler/alert_file.h"
#include "../src/storage/catalog/catalog_format.h"
#include "../src/storage/catalog/id_set.h"
#include "../src/tools/line_json.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

void read_rows(std::string_view text) {
    using namespace skald::storage;
    static_cast<void>(decode_segment(text));
    static_cast<void>(generation_number(text));
    static_cast<void>(decode_shelf(text));
    const std::size_t key = text.empty() ? 0 : static_cast<unsigned char>(text[0]) % text.size();
    static_cast<void>(decode_region(text.substr(0, key), text.substr(key)));
    std::vector<skald::StreamId> ids;
    if (decode_ids(text, ids) && ids.size() * 16 != text.size()) std::abort();
    LabelRowReader labels(text);
    std::size_t sets = 0;
    while (labels.next() != nullptr && sets < 10'000) ++sets;
}

void read_set(std::string_view text) {
    constexpr std::size_t kMax = 5'000;
    skald::ByteReader in(text);
    std::vector<std::uint32_t> numbers;
    if (skald::storage::decode_id_set(in, kMax, numbers) && numbers.size() > kMax) std::abort();
    skald::ByteReader runs(text);
    static_cast<void>(skald::storage::decode_id_runs(runs, kMax));
}

void read_alerts(std::string bytes) {
    static_cast<void>(skald::read::decode_alerts(bytes));
    bytes.insert(0, skald::read::encode_alerts({}).substr(0, sizeof("skald alerts 1\n") - 1));
    const std::uint64_t checksum = skald::hash64(bytes);
    char end[sizeof checksum];
    std::memcpy(end, &checksum, sizeof checksum);
    bytes.append(end, sizeof end);
    const auto file = skald::read::decode_alerts(bytes);
    if (!file) return;
    const auto again = skald::read::decode_alerts(skald::read::encode_alerts(*file));
    if (!again || again->rules.size() != file->rules.size()) std::abort();
}

void read_exported(std::string_view text) {
    const auto line = skald::tools::parse_line(text);
    if (line && !skald::tools::parse_line(to_json(*line))) std::abort();
    static_cast<void>(skald::tools::parse_query_answer(std::string(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    switch (bytes[0] % 4) {
        case 0: read_rows(text); break;
        case 1: read_set(text); break;
        case 2: read_alerts(std::string(text)); break;
        default: read_exported(text); break;
    }
    return 0;
}
