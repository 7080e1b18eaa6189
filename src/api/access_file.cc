// SPDX-License-Identifier: Apache-2.0
#include "access_file.h"

#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>

#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace skald::api {

namespace {

constexpr std::size_t kFileBytesMax = kMiB;

Error about(ErrorCode code, const std::string& file, const std::string& what) {
    return {code, "auth.file: " + file + what};
}

Result<void> check_safe(const struct stat& found, const std::string& file) {
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
    const Result<RegularFile> opened = RegularFile::open(file);
    if (!opened) return about(opened.error().code, opened.error().message, "");
    SKALD_CHECK(check_safe(opened->status(), file));
    Result<std::string> text = opened->read(kFileBytesMax);
    if (!text) return about(text.error().code, text.error().message, "");
    LoadedAccessRules loaded = load_access_rules(*text);
    OPENSSL_cleanse(text->data(), text->size());
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
