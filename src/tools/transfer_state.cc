// SPDX-License-Identifier: Apache-2.0
#include "transfer_state.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/text_encoding.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/file/replace_file.h>

#include <charconv>

namespace skald::tools {

namespace {

std::string state_path(const std::string& file) {
    return file + ".state";
}

}  // namespace

std::string TransferState::encode() const {
    const std::string text =
        job + "\n" + std::to_string(bytes) + " " + std::to_string(lines) + "\n";
    return text + to_hex(hash64(text)) + "\n";
}

Result<TransferState> TransferState::decode(std::string_view text) {
    const Error damaged{ErrorCode::kCorruption, "not a state, or a damaged one"};
    constexpr std::size_t kChecksumLine = 17;
    if (text.size() < kChecksumLine) return damaged;
    const std::string_view body = text.substr(0, text.size() - kChecksumLine);
    if (text.substr(body.size()) != to_hex(hash64(body)) + "\n") return damaged;
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) return damaged;
    TransferState state;
    state.job = body.substr(0, end);
    const char* at = body.data() + end + 1;
    const char* const last = body.data() + body.size();
    const auto number = [&](std::uint64_t& value, char ends_with) {
        const auto read = std::from_chars(at, last, value);
        const bool is_right = read.ec == std::errc() && read.ptr != last && *read.ptr == ends_with;
        at = is_right ? read.ptr + 1 : last;
        return is_right;
    };
    if (!number(state.bytes, ' ') || !number(state.lines, '\n') || at != last) return damaged;
    return state;
}

Result<TransferState> TransferState::load(const std::string& file, const std::string& job) {
    storage::FileSystem& files = storage::posix_file_system();
    TransferState beginning;
    beginning.job = job;
    SKALD_TRY(const bool is_there, files.exists(state_path(file)));
    if (!is_there) return beginning;
    SKALD_TRY(const Buffer text, files.read_all(state_path(file)));
    Result<TransferState> state = decode(text.view());
    if (!state)
        return Error{state.error().code,
                     state_path(file) + ": " + state.error().message + ": remove it to begin anew"};
    if (state->job != job)
        return Error{ErrorCode::kInvalidArgument,
                     state_path(file) + " is of another job (" + state->job +
                         "): remove it to begin anew, or name another file"};
    return state;
}

Result<void> TransferState::save(const std::string& file) const {
    storage::FileSystem& files = storage::posix_file_system();
    const std::string path = state_path(file);
    const std::string name = path.substr(path.rfind('/') + 1);
    return storage::replace_file(files, storage::parent_path(path), name, encode());
}

Result<void> TransferState::remove(const std::string& file) {
    storage::FileSystem& files = storage::posix_file_system();
    const Result<void> removed = files.remove(state_path(file));
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    return {};
}

}  // namespace skald::tools
