// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>

namespace skald {

/// A file that is open to be read and is a regular one: whoever is named a pipe or a device instead
/// is told so, where to open or to read it might wait for ever or never come to an end.
/// Threading: single-owner.
class RegularFile {
public:
    /// The descriptor is asked, not the name: what is read is what was checked. Errors, with the
    /// path: kNotFound, also of a folder; kInvalidArgument of other things that are no files; kIo.
    static Result<RegularFile> open(const std::string& path);

    RegularFile(RegularFile&& other) noexcept
        : path_(std::move(other.path_)),
          number_(std::exchange(other.number_, -1)),
          status_(other.status_) {}
    RegularFile& operator=(RegularFile&&) = delete;
    ~RegularFile();

    /// As it was when it was opened.
    const struct stat& status() const noexcept { return status_; }
    /// All of it. Errors: kInvalidArgument if it has more than `bytes_max`; kIo.
    Result<std::string> read(std::uint64_t bytes_max) const;
    /// The descriptor, which is the caller's from now on.
    int release() noexcept { return std::exchange(number_, -1); }

private:
    RegularFile(std::string path, int number) : path_(std::move(path)), number_(number) {}

    std::string path_;
    int number_;
    struct stat status_ {};
};

/// The text of a file that an operator names, up to `bytes_max`. Errors: as above.
Result<std::string> read_regular_file(const std::string& path, std::uint64_t bytes_max);

}  // namespace skald
