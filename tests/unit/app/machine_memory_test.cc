// SPDX-License-Identifier: Apache-2.0
#include "machine_memory.h"

#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace skald::app {
namespace {

class MachineMemory : public testing::Test {
protected:
    void write(const std::string& path, const std::string& text) {
        const std::filesystem::path whole = root() + path;
        std::filesystem::create_directories(whole.parent_path());
        std::ofstream(whole) << text;
    }
    std::string root() const { return folder_ / "root"; }

    TemporaryFolder folder_;
};

TEST_F(MachineMemory, IsUnknownWithoutAnyWord) {
    EXPECT_EQ(machine_memory(root()), 0U);
}

TEST_F(MachineMemory, IsThatOfTheMachineWithoutAGroup) {
    write("/proc/meminfo", "MemFree: 17 kB\nMemTotal:    2048 kB\n");
    write("/proc/self/cgroup", "0::/\n");
    write("/sys/fs/cgroup/memory.max", "max\n");
    EXPECT_EQ(machine_memory(root()), 2048U * 1024);
}

TEST_F(MachineMemory, IsThatOfTheTightestGroup) {
    write("/proc/meminfo", "MemTotal:    2048 kB\n");
    write("/proc/self/cgroup", "0::/a/b\n");
    write("/sys/fs/cgroup/a/memory.max", "1000000\n");
    write("/sys/fs/cgroup/a/b/memory.max", "max\n");
    EXPECT_EQ(machine_memory(root()), 1000000U);
}

TEST_F(MachineMemory, KnowsTheFirstVersionOfGroups) {
    write("/proc/meminfo", "MemTotal:    2048 kB\n");
    write("/proc/self/cgroup", "3:cpu:/x\n4:hugetlb,memory:/x\n");
    write("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "500000\n");
    EXPECT_EQ(machine_memory(root()), 500000U);
}

}  // namespace
}  // namespace skald::app
