// SPDX-License-Identifier: Apache-2.0
//
// Goal: what an operator names is read whole if it is a file, and nothing else is waited for.
// Method: real files, pipes, devices and folders.
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <skald/foundation/base/regular_file.h>
#include <skald/foundation/base/units.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace skald {
namespace {

class RegularFileTest : public testing::Test {
protected:
    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    static Error refusal(const std::string& path) {
        const auto text = read_regular_file(path, kMiB);
        return text ? Error{ErrorCode::kInternal, "it was read"} : text.error();
    }

    TemporaryFolder folder_;
};

TEST_F(RegularFileTest, IsReadWholeAlsoByAnotherName) {
    const std::string long_text(300'000, 'x');
    for (const std::string& text : {std::string(), std::string("a\0b\n", 4), long_text}) {
        const auto read = read_regular_file(write("file", text), kMiB);
        ASSERT_OK(read);
        EXPECT_EQ(*read, text);
    }
    std::filesystem::create_symlink(folder_ / "file", folder_ / "link");
    EXPECT_EQ(*read_regular_file(folder_ / "link", kMiB), long_text);
}

TEST_F(RegularFileTest, IsReadToItsEndThoughItTellsNoSize) {
    const auto read = read_regular_file("/proc/self/status", kMiB);
    ASSERT_OK(read);
    EXPECT_NE(read->find("Pid:"), std::string::npos);
    EXPECT_TRUE(read->ends_with('\n'));
}

TEST_F(RegularFileTest, MayHaveSoManyBytesAndNoMore) {
    const std::string path = write("file", std::string(kMiB, 'x'));
    const auto read = read_regular_file(path, kMiB);
    ASSERT_OK(read);
    EXPECT_EQ(read->size(), kMiB);
    std::ofstream(path, std::ios::app) << "y";
    EXPECT_EQ(refusal(path).code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(refusal(path).message, path + ": is larger than 1 MiB");
    // Neither when only reading shows it.
    EXPECT_FALSE(read_regular_file("/proc/self/status", 20));
}

TEST_F(RegularFileTest, IsNoPipeNoDeviceAndNoFolder) {
    const std::string pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {pipe, std::string("/dev/zero"), std::string("/dev/null")}) {
        EXPECT_EQ(refusal(path).code, ErrorCode::kInvalidArgument);
        EXPECT_EQ(refusal(path).message, path + ": is not a regular file");
    }
    EXPECT_EQ(refusal(folder_.path()).code, ErrorCode::kNotFound);
    EXPECT_EQ(refusal(folder_.path()).message,
              folder_.path() + ": is not a regular file, it is a folder");
}

TEST_F(RegularFileTest, ThatIsMissingIsNotFound) {
    EXPECT_EQ(refusal(folder_ / "none").code, ErrorCode::kNotFound);
    EXPECT_EQ(refusal(write("file", "x") + "/none").code, ErrorCode::kNotFound);
    EXPECT_EQ(refusal(folder_ / "none").message,
              (folder_ / "none") + ": No such file or directory");
}

TEST_F(RegularFileTest, GivesItsDescriptorAway) {
    int number = -1;
    {
        auto file = RegularFile::open(write("file", "text"));
        ASSERT_OK(file);
        EXPECT_EQ(file->status().st_size, 4);
        number = file->release();
    }
    char byte = 0;
    EXPECT_EQ(::read(number, &byte, 1), 1);
    ::close(number);
}

}  // namespace
}  // namespace skald
