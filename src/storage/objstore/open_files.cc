// SPDX-License-Identifier: Apache-2.0
#include "open_files.h"

namespace skald::storage {

Result<OpenFiles::FilePtr> OpenFiles::open(const std::string& path) {
    std::uint64_t forgotten = 0;
    {
        auto state = state_.lock();
        if (const auto found = state->by_path.find(path); found != state->by_path.end()) {
            state->recent.splice(state->recent.begin(), state->recent, found->second);
            return found->second->second;
        }
        forgotten = state->forgotten;
    }
    SKALD_TRY(std::unique_ptr<RandomAccessFile> opened, files_.open_read(path));
    FilePtr file = std::move(opened);
    Recent dropped;  // Closed after the lock is released.
    auto state = state_.lock();
    // A file that was removed or replaced meanwhile must not stay; another thread may have opened
    // this one first.
    if (state->forgotten != forgotten || state->by_path.contains(path)) return file;
    state->recent.emplace_front(path, file);
    state->by_path.emplace(path, state->recent.begin());
    if (state->recent.size() > files_max_) {
        state->by_path.erase(state->recent.back().first);
        dropped.splice(dropped.begin(), state->recent, std::prev(state->recent.end()));
    }
    return file;
}

void OpenFiles::forget(const std::string& path) {
    Recent dropped;
    auto state = state_.lock();
    ++state->forgotten;
    const auto found = state->by_path.find(path);
    if (found == state->by_path.end()) return;
    dropped.splice(dropped.begin(), state->recent, found->second);
    state->by_path.erase(found);
}

std::size_t OpenFiles::count() const {
    return state_.with([](const State& state) { return state.recent.size(); });
}

}  // namespace skald::storage
