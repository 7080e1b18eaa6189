// SPDX-License-Identifier: Apache-2.0
//
// Names of files and keys of objects, which say what is inside: of segments, logs, delete requests,
// rules and the disk cache. What a parser takes, it must have been able to make.
#include "../src/read/ruler/rule_store.h"
#include "../src/storage/objstore/extent_files.h"
#include "../src/storage/objstore/object_key.h"
#include "../src/storage/store/segment_names.h"
#include "../src/storage/wal/wal_path.h"
#include "support/faulty_file_system.h"

#include <skald/foundation/base/assert.h>
#include <skald/storage/deletes/delete_request.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace skald;           // NOLINT(google-build-using-namespace): a program.
using namespace skald::storage;  // NOLINT(google-build-using-namespace)

void read_segment_names(std::string_view text) {
    if (const auto id = segment_of_key(text)) {
        SKALD_ASSERT(id->object_key() == text);
        SKALD_ASSERT(check_object_key(text).has_value());
    }
    const Result<SegmentId> id = SegmentId::parse(text);
    if (!id) return;
    if (const auto generation = generation_of(*id))
        SKALD_ASSERT(SegmentId::of_generation(*generation) == *id);
    static_cast<void>(rewrite_of(*id));
}

void read_keys(std::string_view text) {
    static_cast<void>(check_object_prefix(text));
    if (const auto key = parse_delete_key(text)) {
        DeleteRequest request;
        request.tenant = key->tenant;
        request.id = key->id;
        SKALD_ASSERT(request.object_key() == text);
    }
    if (const auto generation = parse_wal_name(text))
        SKALD_ASSERT(wal_path("wal", *generation) == "wal/" + std::string(text));
}

/// As part of a path: a name that a folder can have.
bool is_file_name(std::string_view text) {
    return !text.empty() && text.size() < 256 && text.find('/') == std::string_view::npos &&
           text.find('\0') == std::string_view::npos && text != "." && text != "..";
}

void list_names(std::string_view text) {
    FaultyFileSystem files(1);
    const std::string name(text);
    files.put("rules/t/" + name, "groups: [{name: g, rules: [{record: r, expr: vector(1)}]}]");
    const read::RuleStore rules(files, "rules", false);
    std::vector<std::string> problems;
    SKALD_ASSERT(rules.load(problems).has_value() && problems.empty());
    static_cast<void>(read::check_rule_namespace(text));

    files.put("cache/" + name.substr(0, 2) + "/" + name, std::string(200, 'x'));
    MetricsRegistry metrics;
    ExtentFiles extents(files, "cache", 1 << 20, metrics);
    SKALD_ASSERT(extents.open().has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    read_segment_names(text);
    read_keys(text);
    if (is_file_name(text) && is_file_name(text.substr(0, 2))) list_names(text);
    return 0;
}
