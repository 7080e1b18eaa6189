// SPDX-License-Identifier: Apache-2.0
#include "machine_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string_view>

namespace skald::app {

namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

/// The number in a file of one; kNone if it is not there or says "max".
std::uint64_t number_in(const std::string& path) {
    std::ifstream file(path);
    std::uint64_t number = 0;
    return file >> number ? number : kNone;
}

std::uint64_t total_of_machine(const std::string& root) {
    std::ifstream file(root + "/proc/meminfo");
    std::string name;
    std::uint64_t kib = 0;
    while (file >> name >> kib) {
        if (name == "MemTotal:") return kib * 1024;
        file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return kNone;
}

/// The least limit of a group and of those around it.
std::uint64_t limit_of_groups(const std::string& mount, std::string group, const char* name) {
    std::uint64_t least = kNone;
    for (;;) {
        least = std::min(least, number_in(mount + group + "/" + name));
        if (group.empty() || group == "/") return least;
        group.resize(group.rfind('/'));
    }
}

/// Lines are `number:controllers:/path`; the second version has no controllers.
std::uint64_t limit_of_process(const std::string& root) {
    std::uint64_t least = kNone;
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string_view controllers(line.data() + first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) {
            least = std::min(least, limit_of_groups(root + "/sys/fs/cgroup", group, "memory.max"));
        } else if (controllers.find("memory") != std::string_view::npos) {
            least = std::min(least, limit_of_groups(root + "/sys/fs/cgroup/memory", group,
                                                    "memory.limit_in_bytes"));
        }
    }
    return least;
}

}  // namespace

std::uint64_t machine_memory(const std::string& root) {
    const std::uint64_t least = std::min(total_of_machine(root), limit_of_process(root));
    return least == kNone ? 0 : least;
}

}  // namespace skald::app
