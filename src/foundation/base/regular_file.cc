// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace skald {

namespace {

Error system_error(const std::string& path) {
    const int number = errno;
    const bool is_missing = number == ENOENT || number == ENOTDIR;
    return {is_missing ? ErrorCode::kNotFound : ErrorCode::kIo,
            path + ": " + std::generic_category().message(number)};
}

}  // namespace

Result<RegularFile> RegularFile::open(const std::string& path) {
    int number = -1;
    do {
        // Without O_NONBLOCK a pipe waits here for somebody who writes to it.
        number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (number < 0 && errno == EINTR);
    if (number < 0) return system_error(path);
    RegularFile file(path, number);
    if (::fstat(number, &file.status_) != 0) return system_error(path);
    if (S_ISDIR(file.status_.st_mode))
        return Error{ErrorCode::kNotFound, path + ": is not a regular file, it is a folder"};
    if (!S_ISREG(file.status_.st_mode))
        return Error{ErrorCode::kInvalidArgument, path + ": is not a regular file"};
    return file;
}

RegularFile::~RegularFile() {
    if (number_ >= 0) ::close(number_);
}

Result<std::string> RegularFile::read(std::uint64_t bytes_max) const {
    const Error too_large{ErrorCode::kInvalidArgument,
                          path_ + ": is larger than " + std::to_string(bytes_max / kMiB) + " MiB"};
    const auto told = static_cast<std::uint64_t>(status_.st_size);
    if (told > bytes_max) return too_large;
    // One more, to see the end of it. It may have grown, and the files of /proc tell no size.
    std::string text(told + 1, '\0');
    for (std::size_t have = 0;;) {
        const ssize_t count = ::read(number_, text.data() + have, text.size() - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(path_);
        have += static_cast<std::size_t>(count);
        if (have > bytes_max) return too_large;
        if (count == 0) {
            text.resize(have);
            return text;
        }
        if (have == text.size())
            text.resize(std::min<std::uint64_t>(2 * have + 4 * kKiB, bytes_max + 1));
    }
}

Result<std::string> read_regular_file(const std::string& path, std::uint64_t bytes_max) {
    SKALD_TRY(const RegularFile file, RegularFile::open(path));
    return file.read(bytes_max);
}

}  // namespace skald
