// SPDX-License-Identifier: Apache-2.0
#include "transfer_state.h"

#include <skald/storage/file/file_system.h>
#include <skald/storage/file/replace_file.h>

#include <sstream>

namespace skald::tools {

namespace {

std::string state_path(const std::string& file) {
    return file + ".state";
}

}  // namespace

Result<TransferState> TransferState::load(const std::string& file, const std::string& job) {
    storage::FileSystem& files = storage::posix_file_system();
    TransferState state;
    state.job = job;
    SKALD_TRY(const bool is_there, files.exists(state_path(file)));
    if (!is_there) return state;
    SKALD_TRY(const Buffer text, files.read_all(state_path(file)));
    std::istringstream in{std::string(text.view())};
    std::string found;
    std::getline(in, found);
    if (!(in >> state.bytes >> state.lines))
        return Error{ErrorCode::kInvalidArgument, state_path(file) + ": not a state"};
    if (found != job)
        return Error{ErrorCode::kInvalidArgument,
                     state_path(file) + " is of another job (" + found +
                         "): remove it to begin anew, or name another file"};
    return state;
}

Result<void> TransferState::save(const std::string& file) const {
    storage::FileSystem& files = storage::posix_file_system();
    const std::string path = state_path(file);
    const std::string name = path.substr(path.rfind('/') + 1);
    return storage::replace_file(
        files, storage::parent_path(path), name,
        job + "\n" + std::to_string(bytes) + " " + std::to_string(lines) + "\n");
}

Result<void> TransferState::remove(const std::string& file) {
    storage::FileSystem& files = storage::posix_file_system();
    const Result<void> removed = files.remove(state_path(file));
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    return {};
}

}  // namespace skald::tools
