// SPDX-License-Identifier: Apache-2.0
#include "access_file.h"

#include <skald/foundation/base/units.h>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace skald::api {

namespace {

constexpr std::size_t kFileBytesMax = kMiB;

/// An open file, closed at the end.
class Descriptor {
public:
    explicit Descriptor(const std::string& file)
        : number_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const noexcept { return number_; }

private:
    int number_;
};

Error about(ErrorCode code, const std::string& file, const std::string& what) {
    return {code, "auth.file: " + file + what};
}

Error system_error(const std::string& file) {
    const int reason = errno;
    return about(reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, file,
                 std::string(": ") + std::strerror(reason));
}

/// The descriptor is asked, not the name: what is read is what was checked.
Result<void> check_safe(const Descriptor& descriptor, const std::string& file) {
    struct stat found {};
    if (fstat(descriptor.number(), &found) != 0) return system_error(file);
    if (!S_ISREG(found.st_mode))
        return about(ErrorCode::kInvalidArgument, file, ": is not a regular file");
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o",
                      static_cast<unsigned>(found.st_mode & 07777U));
        return about(ErrorCode::kInvalidArgument, file,
                     ": others than its owner may use it (mode " + std::string(mode.data()) +
                         "); run: chmod 600 " + file);
    }
    if (found.st_uid != 0 && found.st_uid != geteuid())
        return about(ErrorCode::kInvalidArgument, file,
                     ": belongs to the user " + std::to_string(found.st_uid) +
                         ", not to the one that Skald runs as, " + std::to_string(geteuid()) +
                         "; run: chown " + std::to_string(geteuid()) + " " + file);
    return {};
}

Result<std::string> read_text(const Descriptor& descriptor, const std::string& file) {
    std::string text(kFileBytesMax + 1, '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t count = ::read(descriptor.number(), text.data() + have, text.size() - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(file);
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    if (have > kFileBytesMax)
        return about(ErrorCode::kInvalidArgument, file, ": is larger than 1 MiB");
    text.resize(have);
    return text;
}

}  // namespace

FileStamp stamp_of(const std::string& file) {
    struct stat found {};
    if (stat(file.c_str(), &found) != 0) return {};
    return {.changed_ns = found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec,
            .inode = found.st_ino,
            .size = found.st_size,
            .mode = found.st_mode};
}

Result<LoadedAccessRules> read_access_file(const std::string& file) {
    const Descriptor descriptor(file);
    if (descriptor.number() < 0) return system_error(file);
    SKALD_CHECK(check_safe(descriptor, file));
    SKALD_TRY(std::string text, read_text(descriptor, file));
    LoadedAccessRules loaded = load_access_rules(text);
    OPENSSL_cleanse(text.data(), text.size());
    if (loaded.problems.empty()) return loaded;
    std::string problems;
    for (const ConfigProblem& problem : loaded.problems) {
        if (!problems.empty()) problems += "; ";
        if (problem.line > 0) problems += "line " + std::to_string(problem.line) + ": ";
        problems += problem.text;
    }
    return about(ErrorCode::kInvalidArgument, file, ": " + problems);
}

}  // namespace skald::api
