// SPDX-License-Identifier: Apache-2.0
#include "cached_object_store.h"

#include "cached_object_writer.h"

#include <skald/foundation/runtime/blocking.h>

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace skald::storage {

namespace {

/// Neighbours that are fetched by one request.
constexpr std::uint32_t kFetchExtentsMax = 4;
constexpr std::uint32_t kWindowMax = 8;
constexpr std::size_t kQueueMax = 64;
/// Reads in order may be out of order by so much: several threads read an object's blocks.
constexpr std::uint32_t kNear = 4;

std::uint32_t extent_of(std::uint64_t offset) {
    return static_cast<std::uint32_t>(offset / kExtentBytes);
}

/// The part of extent `extent` that is inside [offset, offset + length).
struct Overlap {
    std::size_t in_extent = 0;
    std::size_t in_read = 0;
    std::size_t length = 0;
};

Overlap overlap_of(std::uint32_t extent, std::uint64_t offset, std::size_t length) {
    const std::uint64_t begin = std::uint64_t{extent} * kExtentBytes;
    const std::uint64_t from = std::max(begin, offset);
    const std::uint64_t to = std::min(begin + kExtentBytes, offset + length);
    return {static_cast<std::size_t>(from - begin), static_cast<std::size_t>(from - offset),
            static_cast<std::size_t>(to - from)};
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_range_cache(ObjectStore& remote, FileSystem& files,
                                                      RangeCacheOptions options,
                                                      MetricsRegistry& metrics) {
    auto store = std::make_unique<CachedObjectStore>(remote, files, options, metrics);
    SKALD_CHECK(store->open());
    return std::unique_ptr<ObjectStore>(std::move(store));
}

CachedObjectStore::CachedObjectStore(ObjectStore& remote, FileSystem& files,
                                     const RangeCacheOptions& options, MetricsRegistry& metrics)
    : remote_(remote),
      place_(options.place),
      prefix_(options.prefix),
      files_(files, options.directory, options.bytes_max, metrics),
      hits_(metrics.counter("skald_objstore_cache_hits_total",
                            "Extents that reads found in the disk cache.")),
      misses_(metrics.counter("skald_objstore_cache_misses_total",
                              "Extents that reads had to wait for.")),
      ahead_(metrics.counter("skald_objstore_cache_read_ahead_total",
                             "Extents that were fetched before they were asked for.")) {
    for (std::size_t i = 0; i < options.read_ahead_threads; ++i) {
        threads_.emplace_back([this] { run_read_ahead(); });
        pthread_setname_np(threads_.back().native_handle(), "read-ahead");
    }
}

CachedObjectStore::~CachedObjectStore() {
    {
        const std::lock_guard hold(mutex_);
        stopping_ = true;
        queue_.clear();
    }
    queued_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

Result<std::unique_ptr<ObjectWriter>> CachedObjectStore::create(const std::string& key) {
    SKALD_TRY(std::unique_ptr<ObjectWriter> remote, remote_.create(key));
    if (!keeps(key)) return remote;
    return std::unique_ptr<ObjectWriter>(
        std::make_unique<CachedObjectWriter>(*this, key, std::move(remote)));
}

Hash128 CachedObjectStore::id_of(const std::string& key) const {
    return hash128(place_ + "\n" + key);
}

void CachedObjectStore::know(const std::string& key, std::uint64_t size) const {
    objects_.with([&](auto& objects) { objects[key].size = size; });
}

Result<std::uint64_t> CachedObjectStore::known_size(const std::string& key) const {
    const std::uint64_t known = objects_.with([&](const auto& objects) {
        const auto found = objects.find(key);
        return found == objects.end() ? 0 : found->second.size;
    });
    if (known > 0) return known;
    return size(key);
}

Result<std::uint64_t> CachedObjectStore::size(const std::string& key) const {
    SKALD_TRY(const std::uint64_t size, remote_.size(key));
    if (keeps(key)) know(key, size);
    return size;
}

Result<std::vector<ObjectStore::Listed>> CachedObjectStore::list(const std::string& prefix) const {
    SKALD_TRY(std::vector<Listed> listed, remote_.list(prefix));
    for (const Listed& object : listed)
        if (keeps(object.key)) know(object.key, object.size);
    return listed;
}

Result<void> CachedObjectStore::remove(const std::string& key) {
    const Result<void> removed = remote_.remove(key);
    if (!keeps(key)) return removed;
    files_.forget(id_of(key));
    objects_.lock()->erase(key);
    return removed;
}

Result<Buffer> CachedObjectStore::read(const std::string& key, std::uint64_t offset,
                                       std::size_t length) const {
    if (length == 0) return Buffer();
    if (!keeps(key)) return remote_.read(key, offset, length);
    SKALD_TRY(const std::uint64_t size, known_size(key));
    if (offset > size || length > size - offset) return remote_.read(key, offset, length);
    Stretch stretch{key, id_of(key), size, extent_of(offset), extent_of(offset + length - 1)};
    read_ahead(stretch);
    Buffer bytes(length);
    std::uint32_t missing = stretch.first;
    const auto fill = [&](std::uint32_t behind) -> Result<void> {
        while (missing < behind) {
            Stretch run = stretch;
            run.first = missing;
            run.last = std::min(behind, missing + kFetchExtentsMax) - 1;
            SKALD_TRY(const std::vector<Bytes> fetched, fetch(run));
            for (const Bytes& each : fetched) {
                const Overlap part = overlap_of(missing++, offset, length);
                std::memcpy(bytes.data() + part.in_read, each->data() + part.in_extent,
                            part.length);
            }
        }
        return {};
    };
    for (std::uint32_t extent = stretch.first; extent <= stretch.last; ++extent) {
        const Overlap part = overlap_of(extent, offset, length);
        const auto found = files_.read({stretch.id, extent}, part.in_extent, part.length);
        (found ? hits_ : misses_).add();
        if (!found) continue;
        SKALD_CHECK(fill(extent));
        std::memcpy(bytes.data() + part.in_read, found->data(), part.length);
        missing = extent + 1;
    }
    SKALD_CHECK(fill(stretch.last + 1));
    return bytes;
}

std::size_t CachedObjectStore::extent_size(const Stretch& stretch, std::uint32_t extent) {
    const std::uint64_t begin = std::uint64_t{extent} * kExtentBytes;
    return static_cast<std::size_t>(std::min<std::uint64_t>(kExtentBytes, stretch.size - begin));
}

Result<std::vector<CachedObjectStore::Bytes>> CachedObjectStore::fetch(
    const Stretch& stretch) const {
    const Blocking blocking;
    std::vector<FlightPtr> flights;
    std::vector<FlightPtr> own(stretch.last - stretch.first + 1);
    {
        const std::lock_guard hold(mutex_);
        for (std::uint32_t extent = stretch.first; extent <= stretch.last; ++extent) {
            FlightPtr& flight = flights_[{stretch.id, extent}];
            if (flight == nullptr) {
                flight = std::make_shared<Flight>();
                own[extent - stretch.first] = flight;
            }
            flights.push_back(flight);
        }
    }
    // Neighbours of our own by one request.
    for (std::size_t begin = 0; begin < own.size();) {
        std::size_t end = begin;
        while (end < own.size() && own[end] != nullptr) ++end;
        if (end > begin) {
            Stretch run = stretch;
            run.first = stretch.first + static_cast<std::uint32_t>(begin);
            run.last = stretch.first + static_cast<std::uint32_t>(end) - 1;
            using Offset = std::vector<FlightPtr>::difference_type;
            fetch_own(run, {own.begin() + static_cast<Offset>(begin),
                            own.begin() + static_cast<Offset>(end)});
        }
        begin = std::max(end, begin + 1);
    }
    std::vector<Bytes> all;
    std::unique_lock hold(mutex_);
    for (const FlightPtr& flight : flights) {
        landed_.wait(hold, [&] { return flight->done; });
        if (flight->error) return *flight->error;
        all.push_back(flight->bytes);
    }
    return all;
}

void CachedObjectStore::fetch_own(const Stretch& stretch,
                                  const std::vector<FlightPtr>& flights) const {
    std::size_t length = 0;
    for (std::uint32_t extent = stretch.first; extent <= stretch.last; ++extent)
        length += extent_size(stretch, extent);
    const Result<Buffer> read =
        remote_.read(stretch.key, std::uint64_t{stretch.first} * kExtentBytes, length);
    std::vector<Bytes> parts;
    for (std::size_t i = 0; read && i < flights.size(); ++i) {
        const std::uint32_t extent = stretch.first + static_cast<std::uint32_t>(i);
        const std::string_view part =
            read->view().substr(i * kExtentBytes, extent_size(stretch, extent));
        auto bytes = std::make_shared<Buffer>(part.size());
        std::memcpy(bytes->data(), part.data(), part.size());
        files_.put({stretch.id, extent}, part);
        parts.push_back(std::move(bytes));
    }
    {
        const std::lock_guard hold(mutex_);
        for (std::size_t i = 0; i < flights.size(); ++i) {
            flights[i]->done = true;
            if (read)
                flights[i]->bytes = parts[i];
            else
                flights[i]->error = read.error();
            flights_.erase({stretch.id, stretch.first + static_cast<std::uint32_t>(i)});
        }
    }
    landed_.notify_all();
}

/// Looks whether an object's reads are in order, and asks for more of it the longer they are.
void CachedObjectStore::read_ahead(const Stretch& read) const {
    if (threads_.empty()) return;
    Stretch more = read;
    const bool wanted = objects_.with([&](auto& objects) {
        const auto found = objects.find(read.key);
        if (found == objects.end()) return false;
        Object& object = found->second;
        if (read.first < object.next && read.first + kNear >= object.next) return false;
        const bool in_order =
            object.next > 0 && read.first >= object.next && read.first <= object.next + 1;
        object.window = in_order ? std::clamp(object.window * 2, 2U, kWindowMax) : 0;
        if (!in_order) object.ahead = 0;
        object.next = read.last + 1;
        more.first = std::max(object.ahead, object.next);
        more.last = std::min(object.next + object.window, extent_of(read.size - 1) + 1);
        // Not one by one: neighbours go by one request.
        const bool is_end = more.last == extent_of(read.size - 1) + 1;
        if (more.last <= more.first) return false;
        if (!is_end && more.last - more.first < object.window / 2) return false;
        object.ahead = more.last--;
        return true;
    });
    if (wanted) queue(std::move(more));
}

void CachedObjectStore::prefetch(const std::string& key, std::uint64_t offset,
                                 std::size_t length) const {
    const std::uint64_t size = objects_.with([&](const auto& objects) {
        const auto found = objects.find(key);
        return found == objects.end() ? 0 : found->second.size;
    });
    if (threads_.empty() || length == 0 || offset > size || length > size - offset) return;
    queue({key, id_of(key), size, extent_of(offset), extent_of(offset + length - 1)});
}

void CachedObjectStore::queue(Stretch stretch) const {
    const std::uint32_t last = stretch.last;
    std::vector<Stretch> runs;
    for (std::uint32_t extent = stretch.first; extent <= last; ++extent) {
        if (files_.contains({stretch.id, extent})) continue;
        const bool joins = !runs.empty() && runs.back().last + 1 == extent &&
                           extent - runs.back().first < kFetchExtentsMax;
        if (joins) {
            runs.back().last = extent;
            continue;
        }
        stretch.first = stretch.last = extent;
        runs.push_back(stretch);
    }
    const std::lock_guard hold(mutex_);
    for (Stretch& run : runs) {
        if (stopping_ || queue_.size() >= kQueueMax) return;
        queue_.push_back(std::move(run));
        queued_.notify_one();
    }
}

void CachedObjectStore::run_read_ahead() {
    std::unique_lock hold(mutex_);
    for (;;) {
        queued_.wait(hold, [&] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        const Stretch stretch = std::move(queue_.front());
        queue_.pop_front();
        const bool is_there = flights_.contains({stretch.id, stretch.first}) ||
                              files_.contains({stretch.id, stretch.first});
        if (is_there) continue;
        hold.unlock();
        // Whoever needs it asks again and is told of the trouble.
        if (fetch(stretch)) ahead_.add(stretch.last - stretch.first + 1);
        hold.lock();
    }
}

}  // namespace skald::storage
