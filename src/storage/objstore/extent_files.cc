// SPDX-License-Identifier: Apache-2.0
#include "extent_files.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/telemetry/log.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::uint64_t kMagic = 0x3130435247524B53;  // "SKRGRC01"
constexpr std::string_view kUnfinished = ".new";
constexpr std::size_t kHexDigits = 32;
/// magic, object (2), extent and size, checksums, checksum of what is before.
constexpr std::size_t kHeaderWords = 4 + ExtentFiles::kPages + 1;
constexpr std::size_t kHeaderBytes = kHeaderWords * sizeof(std::uint64_t);
/// Objects on their way in may have this part of the cache before they are there.
constexpr std::uint64_t kPendingShare = 4;

using HeaderWords = std::array<std::uint64_t, kHeaderWords>;

HeaderWords header_of(const ExtentId& id, std::uint32_t size,
                      const std::array<std::uint64_t, ExtentFiles::kPages>& checksums) {
    HeaderWords words{};
    words[0] = kMagic;
    words[1] = id.object.high;
    words[2] = id.object.low;
    words[3] = (static_cast<std::uint64_t>(id.extent) << 32U) | size;
    std::copy(checksums.begin(), checksums.end(), words.begin() + 4);
    words.back() =
        hash64({reinterpret_cast<const char*>(words.data()), kHeaderBytes - sizeof(std::uint64_t)});
    return words;
}

std::array<std::uint64_t, ExtentFiles::kPages> checksums_of(std::string_view bytes) {
    std::array<std::uint64_t, ExtentFiles::kPages> checksums{};
    for (std::size_t page = 0; page * kPageBytes < bytes.size(); ++page)
        checksums[page] = hash64(bytes.substr(page * kPageBytes, kPageBytes));
    return checksums;
}

/// The inverse of the file's name; nothing for other files.
std::optional<ExtentId> parse_name(std::string_view name) {
    if (name.size() < kHexDigits + 2 || name[kHexDigits] != '-') return std::nullopt;
    ExtentId id;
    const char* const begin = name.data();
    const char* const end = begin + name.size();
    const bool is_name =
        std::from_chars(begin, begin + 16, id.object.high, 16).ptr == begin + 16 &&
        std::from_chars(begin + 16, begin + 32, id.object.low, 16).ptr == begin + 32 &&
        std::from_chars(begin + 33, end, id.extent, 10).ptr == end;
    if (!is_name) return std::nullopt;
    return id;
}

}  // namespace

ExtentFiles::ExtentFiles(FileSystem& files, std::string root, std::uint64_t bytes_max,
                         MetricsRegistry& metrics)
    : files_(files),
      root_(std::move(root)),
      bytes_max_(bytes_max),
      open_files_(files, 256),
      evictions_(metrics.counter("skald_objstore_cache_evictions_total",
                                 "Extents that were removed from the disk cache for others.")),
      damaged_(metrics.counter("skald_objstore_cache_damaged_total",
                               "Extents of the disk cache that were not as they were written and "
                               "were fetched again.")),
      write_failures_(metrics.counter("skald_objstore_cache_write_failures_total",
                                      "Extents that could not be kept in the disk cache.")),
      bytes_gauge_(metrics.gauge("skald_objstore_cache_bytes", "Bytes in the disk cache.")) {}

std::string ExtentFiles::path_of(const ExtentId& id) const {
    const std::string hex = id.object.to_hex();
    return join_path(join_path(root_, hex.substr(0, 2)), hex + "-" + std::to_string(id.extent));
}

Result<void> ExtentFiles::open() {
    SKALD_CHECK(files_.make_directories(root_));
    SKALD_TRY(const auto folders, files_.list(root_));
    for (const FileSystem::Entry& folder : folders) {
        if (!folder.is_directory || folder.name.size() != 2) continue;
        SKALD_CHECK(index_folder(join_path(root_, folder.name)));
    }
    make_room();
    return {};
}

Result<void> ExtentFiles::index_folder(const std::string& folder) {
    SKALD_TRY(const auto found, files_.list(folder));
    for (const FileSystem::Entry& file : found) {
        const std::string path = join_path(folder, file.name);
        const std::optional<ExtentId> id = parse_name(file.name);
        const bool is_whole = file.size > kHeaderBytes && file.size <= kHeaderBytes + kExtentBytes;
        if (id && is_whole && path_of(*id) == path) {
            insert(*id, static_cast<std::uint32_t>(file.size - kHeaderBytes), nullptr);
        } else if (id || file.name.ends_with(kUnfinished)) {
            remove_file(path);
        }
    }
    return {};
}

bool ExtentFiles::contains(const ExtentId& id) const {
    return state_.with([&](const State& state) { return state.entries.contains(id); });
}

std::optional<Buffer> ExtentFiles::read(const ExtentId& id, std::size_t offset,
                                        std::size_t length) {
    std::uint32_t size = 0;
    std::shared_ptr<const Checksums> checksums;
    {
        auto state = state_.lock();
        const auto found = state->entries.find(id);
        if (found == state->entries.end()) return std::nullopt;
        state->recent.splice(state->recent.begin(), state->recent, found->second.recent);
        size = found->second.size;
        checksums = found->second.checksums;
    }
    const auto file = open_files_.open(path_of(id));
    const auto damaged = [&]() -> std::optional<Buffer> {
        drop_damaged(id);
        return std::nullopt;
    };
    if (!file || offset + length > size) return damaged();
    if (checksums == nullptr) checksums = load(id, **file, size);
    if (checksums == nullptr) return damaged();
    const std::size_t begin = offset / kPageBytes * kPageBytes;
    const std::size_t end =
        std::min<std::size_t>(size, (offset + length + kPageBytes - 1) / kPageBytes * kPageBytes);
    Result<Buffer> pages = (*file)->read(kHeaderBytes + begin, end - begin);
    if (!pages) return damaged();
    for (std::size_t at = begin; at < end; at += kPageBytes) {
        if (hash64(pages->view().substr(at - begin, kPageBytes)) != (*checksums)[at / kPageBytes])
            return damaged();
    }
    if (begin == offset) {
        pages->resize(length);
        return *std::move(pages);
    }
    Buffer bytes(length);
    std::memcpy(bytes.data(), pages->data() + (offset - begin), length);
    return bytes;
}

/// Reads and checks the file's header. Null if it is not what was written.
std::shared_ptr<const ExtentFiles::Checksums> ExtentFiles::load(const ExtentId& id,
                                                                const RandomAccessFile& file,
                                                                std::uint32_t size) {
    const Result<Buffer> header = file.read(0, kHeaderBytes);
    if (!header) return nullptr;
    HeaderWords words{};
    std::memcpy(words.data(), header->data(), kHeaderBytes);
    Checksums checksums{};
    std::copy_n(words.begin() + 4, kPages, checksums.begin());
    if (header_of(id, size, checksums) != words) return nullptr;
    auto loaded = std::make_shared<const Checksums>(checksums);
    auto state = state_.lock();
    const auto found = state->entries.find(id);
    if (found != state->entries.end()) found->second.checksums = loaded;
    return loaded;
}

void ExtentFiles::put(const ExtentId& id, std::string_view bytes) {
    if (bytes.empty() || bytes.size() > std::min<std::uint64_t>(kExtentBytes, bytes_max_)) return;
    if (contains(id)) return;
    auto checksums = std::make_shared<const Checksums>(checksums_of(bytes));
    const std::string path = path_of(id);
    Result<void> written = write(id, bytes, *checksums);
    if (written) written = files_.rename(path + std::string(kUnfinished), path);
    if (!written) {
        remove_file(path + std::string(kUnfinished));
        write_failures_.add();
        return;
    }
    open_files_.forget(path);
    insert(id, static_cast<std::uint32_t>(bytes.size()), std::move(checksums));
    make_room();
}

bool ExtentFiles::put_pending(const ExtentId& id, std::string_view bytes) {
    const bool has_room = state_.with([&](State& state) {
        const bool fits = state.pending_bytes + bytes.size() <= bytes_max_ / kPendingShare;
        if (fits) state.pending_bytes += bytes.size();
        return fits;
    });
    if (!has_room || bytes.empty() || bytes.size() > kExtentBytes) return false;
    auto checksums = std::make_shared<const Checksums>(checksums_of(bytes));
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const Result<void> written = write(id, bytes, *checksums);
    if (!written) {
        remove_file(path_of(id) + std::string(kUnfinished));
        write_failures_.add();
        state_.lock()->pending_bytes -= size;
        return false;
    }
    state_.lock()->pending[id.object].push_back({id, size, std::move(checksums)});
    make_room();
    return true;
}

void ExtentFiles::adopt(const Hash128& object) {
    std::vector<Pending> pending;
    {
        auto state = state_.lock();
        const auto found = state->pending.find(object);
        if (found == state->pending.end()) return;
        pending = std::move(found->second);
        state->pending.erase(found);
        for (const Pending& each : pending) state->pending_bytes -= each.size;
    }
    for (Pending& each : pending) {
        const std::string path = path_of(each.id);
        if (files_.rename(path + std::string(kUnfinished), path)) {
            open_files_.forget(path);
            insert(each.id, each.size, std::move(each.checksums));
        } else {
            write_failures_.add();
        }
    }
    make_room();
}

void ExtentFiles::forget(const Hash128& object) {
    std::vector<std::string> paths;
    {
        auto state = state_.lock();
        auto at = state->entries.lower_bound(ExtentId{object, 0});
        while (at != state->entries.end() && at->first.object == object) {
            paths.push_back(path_of(at->first));
            erase(*state, at++);
        }
        const auto pending = state->pending.find(object);
        if (pending != state->pending.end()) {
            for (const Pending& each : pending->second) {
                paths.push_back(path_of(each.id) + std::string(kUnfinished));
                state->pending_bytes -= each.size;
            }
            state->pending.erase(pending);
        }
    }
    for (const std::string& path : paths) remove_file(path);
}

std::uint64_t ExtentFiles::bytes() const {
    return state_.with([](const State& state) { return state.bytes + state.pending_bytes; });
}

Result<void> ExtentFiles::write(const ExtentId& id, std::string_view bytes,
                                const Checksums& checksums) {
    const std::string path = path_of(id);
    SKALD_CHECK(files_.make_directories(parent_path(path)));
    SKALD_TRY(const auto file, files_.create(path + std::string(kUnfinished)));
    const HeaderWords header = header_of(id, static_cast<std::uint32_t>(bytes.size()), checksums);
    const std::array<std::string_view, 2> pieces = {
        std::string_view(reinterpret_cast<const char*>(header.data()), kHeaderBytes), bytes};
    return file->append_all(pieces);
}

void ExtentFiles::insert(const ExtentId& id, std::uint32_t size,
                         std::shared_ptr<const Checksums> checksums) {
    auto state = state_.lock();
    const auto found = state->entries.find(id);
    if (found != state->entries.end()) erase(*state, found);
    state->recent.push_front(id);
    state->entries[id] = {size, std::move(checksums), state->recent.begin()};
    state->bytes += size + kHeaderBytes;
}

void ExtentFiles::erase(State& state, std::map<ExtentId, Entry>::iterator at) {
    state.bytes -= at->second.size + kHeaderBytes;
    state.recent.erase(at->second.recent);
    state.entries.erase(at);
}

void ExtentFiles::drop_damaged(const ExtentId& id) {
    {
        auto state = state_.lock();
        const auto found = state->entries.find(id);
        // Made room for in the meantime: that is no damage.
        if (found == state->entries.end()) return;
        erase(*state, found);
    }
    damaged_.add();
    log_warn("a file of the disk cache is damaged; its bytes are fetched again",
             {{"file", path_of(id)}});
    remove_file(path_of(id));
}

void ExtentFiles::remove_file(const std::string& path) {
    const Result<void> removed = files_.remove(path);
    open_files_.forget(path);
    if (!removed && removed.error().code != ErrorCode::kNotFound)
        log_warn("can't remove a file of the disk cache", {{"err", removed.error().message}});
}

void ExtentFiles::make_room() {
    std::vector<std::string> paths;
    state_.with([&](State& state) {
        while (state.bytes + state.pending_bytes > bytes_max_ && !state.recent.empty()) {
            const ExtentId last = state.recent.back();
            paths.push_back(path_of(last));
            erase(state, state.entries.find(last));
        }
        bytes_gauge_.set(static_cast<double>(state.bytes + state.pending_bytes));
    });
    for (const std::string& path : paths) remove_file(path);
    if (!paths.empty()) evictions_.add(static_cast<double>(paths.size()));
}

}  // namespace skald::storage
