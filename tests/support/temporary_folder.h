// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/assert.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace skald {

/// A folder on the real disk that goes, with all that is in it, at the end of its scope.
class TemporaryFolder {
public:
    TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "skald-XXXXXX").string()) {
        SKALD_ASSERT(::mkdtemp(path_.data()) != nullptr);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace skald
