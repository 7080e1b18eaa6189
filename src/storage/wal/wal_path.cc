// SPDX-License-Identifier: Apache-2.0
#include "wal_path.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/storage/file/file_system.h>
#include <skald/storage/wal/wal.h>

#include <charconv>

namespace skald::storage {
namespace {

constexpr std::size_t kDigits = 16;
constexpr std::string_view kSuffix = ".wal";
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string wal_path(std::string_view directory, std::uint64_t generation) {
    return join_path(directory, to_hex(generation).append(kSuffix));
}

std::optional<std::uint64_t> parse_wal_name(std::string_view name) {
    if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
    name.remove_suffix(kSuffix.size());
    if (name.find_first_not_of(kHexDigits) != std::string_view::npos) return std::nullopt;
    std::uint64_t generation = 0;
    std::from_chars(name.data(), name.data() + name.size(), generation, 16);
    return generation;
}

Result<std::vector<std::uint64_t>> list_wal_generations(FileSystem& files,
                                                        const std::string& directory) {
    std::vector<std::uint64_t> generations;
    const auto entries = files.list(directory);
    if (!entries) {
        if (entries.error().code == ErrorCode::kNotFound) return generations;
        return entries.error();
    }
    // In name order, which is the order of the numbers.
    for (const FileSystem::Entry& entry : *entries) {
        if (entry.is_directory) continue;
        if (const auto generation = parse_wal_name(entry.name)) generations.push_back(*generation);
    }
    return generations;
}

}  // namespace skald::storage
