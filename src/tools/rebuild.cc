// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/catalog/catalog.h>
#include <skald/storage/objstore/object_store.h>
#include <skald/storage/store/segment_listing.h>
#include <skald/storage/store/store.h>
#include <skald/tools/rebuild.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

namespace skald::tools {

namespace {

namespace fs = std::filesystem;

/// Objects that tell how many of them have been read.
class CountedObjects final : public storage::ObjectStore {
public:
    CountedObjects(storage::ObjectStore& objects, std::uint64_t total)
        : objects_(objects), progress_("catalog", total) {}

    Result<std::unique_ptr<storage::ObjectWriter>> create(const std::string& key) override {
        return objects_.create(key);
    }
    Result<Buffer> read(const std::string& key, std::uint64_t offset,
                        std::size_t length) const override {
        {
            const std::lock_guard hold(mutex_);
            if (seen_.insert(key).second) progress_.add(1);
        }
        return objects_.read(key, offset, length);
    }
    Result<std::uint64_t> size(const std::string& key) const override { return objects_.size(key); }
    Result<std::vector<Listed>> list(const std::string& prefix) const override {
        return objects_.list(prefix);
    }
    Result<void> remove(const std::string& key) override { return objects_.remove(key); }

private:
    storage::ObjectStore& objects_;
    mutable std::mutex mutex_;
    mutable std::set<std::string> seen_;
    mutable Progress progress_;
};

/// A name beside the folder that is not taken.
std::string free_name(const std::string& folder) {
    std::error_code error;
    for (int i = 1;; ++i) {
        std::string name = folder + ".old-" + std::to_string(i);
        if (!fs::exists(name, error)) return name;
    }
}

Error file_error(const std::string& what, const std::error_code& error) {
    return {ErrorCode::kIo, what + ": " + error.message()};
}

bool has_footer(const storage::ObjectStore& objects, const storage::ListedSegment& segment) {
    const auto range = storage::range_reader(objects, segment.id.object_key());
    return storage::read_footer(range, segment.size).has_value();
}

Result<Rebuilt> make_catalog(storage::ObjectStore& plain, const DataFolders& folders) {
    MetricsRegistry metrics;
    SKALD_TRY(const auto listed, plain.list("segments/"));
    CountedObjects objects(plain, listed.size());
    SKALD_TRY(const auto catalog, storage::Catalog::open({.directory = folders.catalog}, metrics));
    SKALD_TRY(const auto store, storage::Store::open(objects, *catalog, {}, metrics));
    Rebuilt done;
    done.segments = store->totals().segments;
    std::vector<std::string> strangers;
    SKALD_TRY(const auto remaining, storage::list_segments(plain, &strangers));
    done.objects = remaining.size() + strangers.size();
    done.damaged = strangers.size();
    SKALD_TRY(const std::set<storage::SegmentId> known, catalog->segments());
    for (const storage::ListedSegment& segment : remaining) {
        // What a merge has replaced is not known either, until it is removed.
        done.damaged += known.contains(segment.id) || has_footer(plain, segment) ? 0 : 1;
    }
    return done;
}

}  // namespace

Result<Rebuilt> rebuild_catalog(storage::FileSystem& files, const DataFolders& folders) {
    std::error_code error;
    std::string kept_as;
    std::unique_ptr<storage::ObjectStore> local;
    if (folders.bucket == nullptr) {
        SKALD_TRY(const bool has_chunks, files.exists(folders.chunks));
        if (!has_chunks)
            return Error{ErrorCode::kNotFound, folders.chunks + ": there is no such folder"};
        SKALD_TRY(local, storage::open_file_object_store(files, folders.chunks));
    }
    if (fs::exists(folders.catalog, error)) {
        kept_as = free_name(folders.catalog);
        fs::rename(folders.catalog, kept_as, error);
        if (error) return file_error("the catalog can't be put aside", error);
    }
    Result<Rebuilt> done = make_catalog(local ? *local : *folders.bucket, folders);
    if (!done && !kept_as.empty()) {
        fs::remove_all(folders.catalog, error);
        fs::rename(kept_as, folders.catalog, error);
    }
    if (done) done->kept_as = std::move(kept_as);
    return done;
}

}  // namespace skald::tools
