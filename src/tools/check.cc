// SPDX-License-Identifier: Apache-2.0
#include "catalog_check.h"
#include "progress.h"
#include "read_only_files.h"
#include "segment_check.h"
#include "small_files_check.h"
#include "wal_check.h"

#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/tools/check.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace skald::tools {

namespace {

using Listing = std::vector<storage::ObjectStore::Listed>;

void check_deletes(const storage::ObjectStore& objects, const Listing& listed,
                   const CheckOptions& options, CheckReport& report) {
    for (const storage::ObjectStore::Listed& object : listed) {
        constexpr std::uint64_t kRequestBytesMax = 1U << 20;
        const std::size_t length = std::min(object.size, kRequestBytesMax);
        const Result<Buffer> bytes = objects.read(object.key, 0, length);
        if (!bytes && bytes.error().code == ErrorCode::kNotFound && options.is_running) continue;
        Result<storage::StoredDelete> stored = bytes ? storage::decode_delete_request(bytes->view())
                                                     : Result<storage::StoredDelete>(bytes.error());
        if (stored && stored->request.object_key() != object.key)
            stored = Error{ErrorCode::kCorruption, "it has the name of another one"};
        ++report.delete_requests;
        if (!stored)
            report.damage.push_back({object.key, "", stored.error().message,
                                     "queries of its tenant fail: put the file back from a backup, "
                                     "or cancel the request with force=true and send it again"});
        else if (!stored->is_whole)
            report.damage.push_back({object.key, "", "one of its two copies is damaged",
                                     "the next start writes it anew"});
    }
}

/// Members of a set that is not whole are removed at the next start.
void note_unfinished_sets(const std::vector<storage::SegmentTables>& segments, const Listing& all,
                          CheckReport& report) {
    std::set<std::string> keys;
    for (const storage::ObjectStore::Listed& object : all) keys.insert(object.key);
    for (const storage::SegmentTables& segment : segments) {
        const auto& members = segment.footer.members;
        const bool is_whole = std::ranges::all_of(members, [&](const std::string& member) {
            return keys.contains(storage::SegmentId{member}.object_key());
        });
        if (!is_whole)
            report.notes.push_back(segment.footer.id.object_key() +
                                   " is of an unfinished merge, or a member of its set is lost: if "
                                   "what it replaces is there, the next start removes it");
    }
}

}  // namespace

std::string CheckReport::text() const {
    std::string out = std::to_string(segments) + " segments with " + std::to_string(blocks) +
                      " blocks, " + std::to_string(rows) + " lines, " + std::to_string(bytes) +
                      " bytes, " + std::to_string(filters) + " filters\n" +
                      std::to_string(wal_files) + " files of the write-ahead log with " +
                      std::to_string(wal_records) + " records\n" + std::to_string(delete_requests) +
                      " delete requests\n";
    for (const std::string& note : notes) out += "note: " + note + "\n";
    for (const Damage& each : damage) {
        out += "damaged: " + each.file + (each.place.empty() ? "" : ", " + each.place) + ": " +
               each.reason + "\n    " + each.advice + "\n";
    }
    out += damage.empty() ? "nothing is damaged\n"
                          : std::to_string(damage.size()) +
                                (damage.size() == 1 ? " thing is" : " things are") + " damaged\n";
    return out;
}

Result<CheckReport> check_data(storage::FileSystem& files, const CheckOptions& options) {
    ReadOnlyFiles looking(files);
    std::unique_ptr<storage::ObjectStore> local;
    if (options.folders.bucket == nullptr) {
        SKALD_TRY(const bool exists, files.exists(options.folders.chunks));
        if (!exists)
            return Error{ErrorCode::kNotFound,
                         options.folders.chunks + ": there is no such folder"};
        SKALD_TRY(local, storage::open_file_object_store(looking, options.folders.chunks));
    }
    const storage::ObjectStore& objects = local ? *local : *options.folders.bucket;
    SKALD_TRY(const Listing listed, objects.list("segments/"));
    SKALD_TRY(const Listing deletes, objects.list(std::string(storage::kDeletesPrefix)));
    CheckReport report;
    std::vector<storage::SegmentTables> segments;
    {
        std::uint64_t bytes = 0;
        for (const storage::ObjectStore::Listed& object : listed) bytes += object.size;
        Progress progress("segments", bytes);
        SegmentCheck check(objects, options, report,
                           [&](std::uint64_t read) { progress.add(read); });
        for (const storage::ObjectStore::Listed& object : listed) {
            if (auto tables = check.look(object)) segments.push_back(*std::move(tables));
        }
    }
    check_deletes(objects, deletes, options, report);
    // A server replaces it as a whole.
    if (!options.folders.patterns.empty())
        check_patterns(looking, options.folders.patterns, report);
    if (options.is_running) {
        report.notes.emplace_back(
            "a server works on the data: its log and catalog were not looked at");
        return report;
    }
    note_unfinished_sets(segments, listed, report);
    check_instance(looking, options.folders.wal, report);
    SKALD_CHECK(check_wal(looking, options.folders.wal, report));
    check_catalog(files, options.folders.catalog, segments, report);
    return report;
}

}  // namespace skald::tools
