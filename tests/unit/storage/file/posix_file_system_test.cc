// SPDX-License-Identifier: Apache-2.0
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <skald/storage/file/file_system.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

namespace skald::storage {
namespace {

class PosixFileSystemTest : public testing::Test {
protected:
    void write(const std::string& path, std::string_view bytes) {
        auto file = files_.create(path);
        ASSERT_OK(file);
        ASSERT_OK((*file)->append(bytes));
        ASSERT_OK((*file)->sync());
    }
    std::string read(const std::string& path) {
        const auto bytes = files_.read_all(path);
        return bytes ? std::string(bytes->view()) : bytes.error().message;
    }

    TemporaryFolder folder_;
    FileSystem& files_ = posix_file_system();
};

TEST_F(PosixFileSystemTest, ReadsBackWhatWasAppended) {
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);

    ASSERT_OK((*file)->append("one "));
    const std::vector<std::string_view> pieces{"two ", "", "three"};
    ASSERT_OK((*file)->append_all(pieces));

    EXPECT_EQ((*file)->size(), 13u);
    EXPECT_EQ(read(folder_ / "a"), "one two three");
}

TEST_F(PosixFileSystemTest, WaitsForNoPipeAndTakesNoDeviceForAFile) {
    const std::string pipe = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    // With an end to write to, so that whoever does open it comes back.
    const int end = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(read(pipe), "cannot open " + pipe + ": is not a regular file");
    EXPECT_EQ(read("/dev/zero"), "cannot open /dev/zero: is not a regular file");
    ::close(end);
}

TEST_F(PosixFileSystemTest, AppendsOverWhatItPrepared) {
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);
    ASSERT_OK((*file)->append("one "));

    ASSERT_OK((*file)->prepare(300'000));
    EXPECT_EQ((*file)->size(), 4u);
    ASSERT_OK((*file)->append("two "));
    ASSERT_OK((*file)->sync());

    EXPECT_EQ((*file)->size(), 8u);
    EXPECT_EQ(read(folder_ / "a"), "one two " + std::string(299'996, '\0'));
    ASSERT_OK((*file)->truncate(6));
    ASSERT_OK((*file)->append("re"));
    EXPECT_EQ(read(folder_ / "a"), "one twre");
}

TEST_F(PosixFileSystemTest, KeepsWhatNobodyIsExpectedToRead) {
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);
    (*file)->expect_no_reads();
    std::string expected;

    for (std::size_t i = 0; i < 12; ++i) {
        const std::string piece(100'001 + 977 * i, static_cast<char>('a' + i));
        ASSERT_OK((*file)->append(piece));
        ASSERT_OK((*file)->sync());
        expected += piece;
        if (i == 7) {
            expected.resize(300'003);
            ASSERT_OK((*file)->truncate(expected.size()));
        }
    }

    EXPECT_EQ(read(folder_ / "a"), expected);
}

TEST_F(PosixFileSystemTest, AppendsMorePiecesThanOneSystemCallTakes) {
    const std::vector<std::string> texts = [] {
        std::vector<std::string> made;
        for (int i = 0; i < 3000; ++i) made.push_back(std::to_string(i) + ",");
        return made;
    }();
    const std::vector<std::string_view> pieces(texts.begin(), texts.end());
    std::string expected;
    for (const std::string& text : texts) expected += text;
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);

    ASSERT_OK((*file)->append_all(pieces));

    EXPECT_EQ(read(folder_ / "a"), expected);
}

TEST_F(PosixFileSystemTest, CreateEmptiesAndOpenAppendKeeps) {
    write(folder_ / "a", "old");

    {
        auto kept = files_.open_append(folder_ / "a");
        ASSERT_OK(kept);
        EXPECT_EQ((*kept)->size(), 3u);
        ASSERT_OK((*kept)->append("er"));
    }
    EXPECT_EQ(read(folder_ / "a"), "older");

    ASSERT_OK(files_.create(folder_ / "a"));
    EXPECT_EQ(read(folder_ / "a"), "");
}

TEST_F(PosixFileSystemTest, AppendsAtTheNewEndAfterATruncation) {
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);
    ASSERT_OK((*file)->append("0123456789"));

    ASSERT_OK((*file)->truncate(4));
    ASSERT_OK((*file)->append("x"));

    EXPECT_EQ((*file)->size(), 5u);
    EXPECT_EQ(read(folder_ / "a"), "0123x");
}

TEST_F(PosixFileSystemTest, ReadsExactlyTheRangeOrSaysThatTheFileIsShorter) {
    write(folder_ / "a", "0123456789");
    auto file = files_.open_read(folder_ / "a");
    ASSERT_OK(file);

    const auto middle = (*file)->read(3, 4);
    ASSERT_OK(middle);
    EXPECT_EQ(middle->view(), "3456");
    ASSERT_OK((*file)->read(10, 0));

    const auto beyond = (*file)->read(8, 3);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, ErrorCode::kCorruption);
    const auto absurd = (*file)->read(~std::uint64_t{0}, ~std::size_t{0});
    ASSERT_FALSE(absurd);
    EXPECT_EQ(absurd.error().code, ErrorCode::kCorruption);
}

TEST_F(PosixFileSystemTest, SeesWhatWasAppendedAfterItWasOpened) {
    auto out = files_.create(folder_ / "a");
    ASSERT_OK(out);
    auto in = files_.open_read(folder_ / "a");
    ASSERT_OK(in);

    ASSERT_OK((*out)->append("later"));

    const auto bytes = (*in)->read(0, 5);
    ASSERT_OK(bytes);
    EXPECT_EQ(bytes->view(), "later");
}

TEST_F(PosixFileSystemTest, ListsInNameOrderWithSizes) {
    write(folder_ / "b", "12345");
    write(folder_ / "a", "");
    ASSERT_OK(files_.make_directories(folder_ / "c/d/e"));

    const auto entries = files_.list(folder_.path());

    ASSERT_OK(entries);
    ASSERT_EQ(entries->size(), 3u);
    EXPECT_EQ((*entries)[0].name, "a");
    EXPECT_EQ((*entries)[1].name, "b");
    EXPECT_EQ((*entries)[1].size, 5u);
    EXPECT_FALSE((*entries)[1].is_directory);
    EXPECT_EQ((*entries)[2].name, "c");
    EXPECT_TRUE((*entries)[2].is_directory);
}

TEST_F(PosixFileSystemTest, RenamesAndRemoves) {
    write(folder_ / "a", "A");
    write(folder_ / "b", "B");

    ASSERT_OK(files_.rename(folder_ / "a", folder_ / "b"));
    ASSERT_OK(files_.sync_directory(folder_.path()));

    EXPECT_EQ(read(folder_ / "b"), "A");
    const auto gone = files_.exists(folder_ / "a");
    ASSERT_OK(gone);
    EXPECT_FALSE(*gone);
    ASSERT_OK(files_.remove(folder_ / "b"));
    const auto again = files_.remove(folder_ / "b");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
}

TEST_F(PosixFileSystemTest, TellsWhatIsMissingFromWhatFailed) {
    const auto missing = files_.open_read(folder_ / "nothing");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(missing.error().message,
              "cannot open " + (folder_ / "nothing") + ": No such file or directory");

    const auto a_folder = files_.open_read(folder_.path());
    ASSERT_FALSE(a_folder);
    EXPECT_EQ(a_folder.error().code, ErrorCode::kNotFound);

    const auto no_folder = files_.list(folder_ / "nothing");
    ASSERT_FALSE(no_folder);
    EXPECT_EQ(no_folder.error().code, ErrorCode::kNotFound);

    const auto nowhere = files_.create(folder_ / "nothing/a");
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, ErrorCode::kIo);
}

TEST_F(PosixFileSystemTest, SaysThatTheDiskIsFullAndWhichFile) {
    if (!*files_.exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
    auto file = files_.open_append("/dev/full");
    ASSERT_OK(file);

    const auto outcome = (*file)->append("x");

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(outcome.error().message,
              "cannot write /dev/full: the disk is full: no space left on the device");
}

TEST_F(PosixFileSystemTest, ReportsAShortWriteThatCannotGoOn) {
    // The limit on the size of a file makes the kernel write the first 1000 bytes only.
    const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit limit{1000, before.rlim_max};
    auto file = files_.create(folder_ / "a");
    ASSERT_OK(file);

    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto outcome = (*file)->append(std::string(1500, 'x'));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, ignored);

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kIo);
    EXPECT_EQ((*file)->size(), 1000u);
    EXPECT_EQ(read(folder_ / "a").size(), 1000u);
}

TEST_F(PosixFileSystemTest, KnowsTheFreeSpace) {
    const auto space = files_.space(folder_.path());
    ASSERT_OK(space);
    EXPECT_GT(space->total_bytes, space->free_bytes / 2);
    EXPECT_GT(space->total_bytes, 0u);
}

TEST_F(PosixFileSystemTest, MakesDurableFolders) {
    ASSERT_OK(make_durable_directories(files_, folder_ / "x/y/z"));
    ASSERT_OK(make_durable_directories(files_, folder_ / "x/y/z"));
    EXPECT_TRUE(*files_.exists(folder_ / "x/y/z"));
}

TEST(JoinPath, PutsOneSlashBetween) {
    EXPECT_EQ(join_path("a", "b"), "a/b");
    EXPECT_EQ(join_path("a/", "b"), "a/b");
    EXPECT_EQ(join_path("/", "b"), "/b");
    EXPECT_EQ(join_path("", "b"), "b");
}

TEST(ParentPath, NamesTheFolderAround) {
    EXPECT_EQ(parent_path("a/b/c"), "a/b");
    EXPECT_EQ(parent_path("a/b/"), "a");
    EXPECT_EQ(parent_path("a"), ".");
    EXPECT_EQ(parent_path("."), ".");
    EXPECT_EQ(parent_path("./a"), ".");
    EXPECT_EQ(parent_path("/a"), "/");
    EXPECT_EQ(parent_path("/"), "/");
    EXPECT_EQ(parent_path("/a//b"), "/a");
}

}  // namespace
}  // namespace skald::storage
