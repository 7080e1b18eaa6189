// SPDX-License-Identifier: Apache-2.0
#include <skald/storage/file/replace_file.h>

#include <memory>

namespace skald::storage {

Result<void> replace_file(FileSystem& files, const std::string& folder, std::string_view name,
                          std::string_view content) {
    const std::string path = join_path(folder, name);
    const std::string temporary = path + ".new";
    SKALD_TRY(const std::unique_ptr<WritableFile> file, files.create(temporary));
    SKALD_CHECK(file->append(content));
    SKALD_CHECK(file->sync());
    SKALD_CHECK(files.rename(temporary, path));
    return files.sync_directory(folder);
}

}  // namespace skald::storage
