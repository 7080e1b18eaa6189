// SPDX-License-Identifier: Apache-2.0
#include "file_object_store.h"

#include "support/faulty_file_system.h"
#include "support/result_assertions.h"
#include "support/temporary_folder.h"

#include <thread>

namespace skald::storage {
namespace {

using Operation = FaultyFileSystem::Operation;
const Error kBroken{ErrorCode::kIo, "simulated failure"};

std::unique_ptr<ObjectStore> open_store(FileSystem& files, const std::string& root = "objects") {
    auto store = open_file_object_store(files, root);
    EXPECT_OK(store);
    return *std::move(store);
}

Result<void> put(ObjectStore& store, const std::string& key, std::string_view bytes) {
    SKALD_TRY(const std::unique_ptr<ObjectWriter> writer, store.create(key));
    SKALD_CHECK(writer->append(bytes));
    return writer->commit();
}

std::string content_of(const ObjectStore& store, const std::string& key) {
    const auto size = store.size(key);
    if (!size) return size.error().message;
    const auto bytes = store.read(key, 0, static_cast<std::size_t>(*size));
    return bytes ? std::string(bytes->view()) : bytes.error().message;
}

std::vector<std::string> keys_of(const ObjectStore& store, const std::string& prefix = "") {
    std::vector<std::string> keys;
    const auto listed = store.list(prefix);
    EXPECT_OK(listed);
    if (listed) {
        for (const auto& object : *listed) keys.push_back(object.key);
    }
    return keys;
}

TEST(FileObjectStore, ReadsWhatWasCommittedOnTheRealDisk) {
    const TemporaryFolder folder;
    const auto store = open_store(posix_file_system(), folder / "deep/objects");

    ASSERT_OK(put(*store, "segments/a/1", "0123456789"));

    EXPECT_EQ(content_of(*store, "segments/a/1"), "0123456789");
    EXPECT_EQ(store->read("segments/a/1", 3, 4)->view(), "3456");
    const auto beyond = store->read("segments/a/1", 8, 4);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, ErrorCode::kCorruption);
    EXPECT_OK(store->remove("segments/a/1"));
    EXPECT_EQ(content_of(*store, "segments/a/1"), "object 'segments/a/1' is not there");
    EXPECT_EQ(content_of(*store, "segments/a"), "object 'segments/a' is not there");
}

TEST(FileObjectStore, ShowsNothingBeforeTheCommitAndNothingOfADroppedWriter) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    {
        const auto writer = store->create("a");
        ASSERT_OK(writer);
        ASSERT_OK((*writer)->append("x"));
        EXPECT_EQ(keys_of(*store), std::vector<std::string>{});
        EXPECT_EQ(store->size("a").error().code, ErrorCode::kNotFound);
    }
    EXPECT_EQ(files.used_bytes(), 0u);
}

TEST(FileObjectStore, ListsByPrefixInTheOrderOfKeys) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    for (const char* key : {"a/b", "a-b", "a/c/d", "ab/x", "b", "a/bc"}) {
        ASSERT_OK(put(*store, key, "12"));
    }
    using Keys = std::vector<std::string>;
    EXPECT_EQ(keys_of(*store), (Keys{"a-b", "a/b", "a/bc", "a/c/d", "ab/x", "b"}));
    EXPECT_EQ(keys_of(*store, "a/"), (Keys{"a/b", "a/bc", "a/c/d"}));
    EXPECT_EQ(keys_of(*store, "a/b"), (Keys{"a/b", "a/bc"}));
    EXPECT_EQ(keys_of(*store, "a/c"), (Keys{"a/c/d"}));
    EXPECT_EQ(keys_of(*store, "ab"), (Keys{"ab/x"}));
    EXPECT_EQ(keys_of(*store, "nowhere/"), Keys{});
    EXPECT_EQ(store->list("b")->front().size, 2u);
}

TEST(FileObjectStore, RefusesKeysThatLeadElsewhere) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    for (const std::string& key :
         {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"),
          std::string(".."), std::string("a/../b"), std::string(".tmp/1"), std::string("a/.b"),
          std::string("a\0b", 3), std::string("a\nb"), std::string(256, 'x')}) {
        const auto created = store->create(key);
        ASSERT_FALSE(created) << key;
        EXPECT_EQ(created.error().code, ErrorCode::kInvalidArgument);
        EXPECT_FALSE(store->read(key, 0, 0));
        EXPECT_FALSE(store->size(key));
        EXPECT_FALSE(store->remove(key));
    }
    for (const char* prefix : {"../", "/", "a//", ".tmp/"}) EXPECT_FALSE(store->list(prefix));
    EXPECT_EQ(keys_of(*store, ".t"), std::vector<std::string>{});
}

TEST(FileObjectStore, RemovesWhatACrashLeftHalfWritten) {
    FaultyFileSystem files;
    files.put("objects/.tmp/17", "half");
    files.put("objects/a", "whole");

    const auto store = open_store(files);

    EXPECT_EQ(keys_of(*store), std::vector<std::string>{"a"});
    EXPECT_FALSE(*files.exists("objects/.tmp/17"));
}

TEST(FileObjectStore, LeavesNothingBehindWhenAnyStepOfACommitFails) {
    for (const Operation operation :
         {Operation::kAppend, Operation::kSync, Operation::kRename, Operation::kSyncDirectory}) {
        FaultyFileSystem files;
        const auto store = open_store(files);
        ASSERT_OK(put(*store, "d/before", "x"));
        files.fail_next(operation, kBroken);

        EXPECT_FALSE(put(*store, "d/a", "content"));

        EXPECT_EQ(keys_of(*store), std::vector<std::string>{"d/before"});
        EXPECT_EQ(files.used_bytes(), 1u);
        ASSERT_OK(put(*store, "d/a", "content"));
        EXPECT_EQ(content_of(*store, "d/a"), "content");
    }
}

TEST(FileObjectStore, HidesAnObjectOfWhichItIsUnknownWhetherItIsThere) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    ASSERT_OK(put(*store, "d/before", "x"));
    files.fail_next(Operation::kSyncDirectory, kBroken);
    files.fail_next(Operation::kRemove, kBroken);

    EXPECT_FALSE(put(*store, "d/a", "content"));

    EXPECT_TRUE(*files.exists("objects/d/a"));
    EXPECT_EQ(keys_of(*store), std::vector<std::string>{"d/before"});
    EXPECT_EQ(store->size("d/a").error().code, ErrorCode::kNotFound);
    ASSERT_OK(put(*store, "d/a", "content"));
    EXPECT_EQ(content_of(*store, "d/a"), "content");
}

TEST(FileObjectStore, MakesDurableWhatAKilledProcessLeftBeforeItShowsIt) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        FaultyFileSystem files(seed);
        ASSERT_OK(files.make_directories("objects/d/e"));
        {
            const auto file = files.create("objects/d/e/a");
            ASSERT_OK(file);
            ASSERT_OK((*file)->sync());
        }
        {
            const auto store = open_store(files);
            if (seed % 2 == 0) {
                ASSERT_OK(store->size("d/e/a"));
            } else {
                ASSERT_EQ(keys_of(*store), std::vector<std::string>{"d/e/a"});
            }
        }
        files.restart();
        EXPECT_TRUE(*files.exists("objects/d/e/a")) << "seed " << seed;
    }
}

TEST(FileObjectStore, ReplacesAnObjectAndReadsTheNewOne) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    ASSERT_OK(put(*store, "a", "old"));
    EXPECT_EQ(content_of(*store, "a"), "old");

    files.fail_next(Operation::kSyncDirectory, kBroken);
    EXPECT_FALSE(put(*store, "a", "newer"));
    EXPECT_OK(store->size("a"));
    ASSERT_OK(put(*store, "a", "newest"));

    EXPECT_EQ(content_of(*store, "a"), "newest");
}

TEST(FileObjectStore, SaysThatTheDiskIsFullAndRecovers) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    files.set_capacity(10);

    const auto failed = put(*store, "a", "more than ten bytes");

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(files.used_bytes(), 0u);
    EXPECT_OK(put(*store, "a", "short"));
}

TEST(FileObjectStore, WritesNoMoreAfterAFailedAppend) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    const auto writer = store->create("a");
    ASSERT_OK(writer);
    files.fail_next(Operation::kAppend, kBroken);

    EXPECT_FALSE((*writer)->append("a"));
    EXPECT_FALSE((*writer)->append("b"));
    EXPECT_FALSE((*writer)->commit());

    EXPECT_EQ(keys_of(*store), std::vector<std::string>{});
}

TEST(FileObjectStore, SyncsALargeObjectInPieces) {
    FaultyFileSystem files;
    int syncs = 0;
    files.on_operation([&](Operation operation, const std::string&) {
        syncs += operation == Operation::kSync ? 1 : 0;
    });
    const auto store = open_store(files);
    const auto writer = store->create("a");
    ASSERT_OK(writer);
    const std::string mebibyte(1U << 20, 'x');

    for (int i = 0; i < 20; ++i) ASSERT_OK((*writer)->append(mebibyte));
    ASSERT_OK((*writer)->commit());

    EXPECT_EQ(syncs, 3);
}

TEST(FileObjectStore, KeepsABoundedNumberOfFilesOpen) {
    FaultyFileSystem files;
    FileObjectStore store(files, "objects");
    ASSERT_OK(store.prepare());
    int opened = 0;
    for (int i = 0; i < 300; ++i) ASSERT_OK(put(store, std::to_string(i), "x"));
    files.on_operation([&](Operation operation, const std::string&) {
        opened += operation == Operation::kOpenRead ? 1 : 0;
    });

    for (int i = 0; i < 300; ++i) ASSERT_OK(store.read(std::to_string(i), 0, 1));
    EXPECT_EQ(store.open_files(), 256u);
    EXPECT_EQ(opened, 300);

    for (int i = 299; i >= 44; --i) ASSERT_OK(store.read(std::to_string(i), 0, 1));
    EXPECT_EQ(opened, 300) << "the last 256 are open still";
    ASSERT_OK(store.read("0", 0, 1));
    ASSERT_OK(store.read("45", 0, 1));
    EXPECT_EQ(opened, 301);
    ASSERT_OK(store.read("299", 0, 1));
    EXPECT_EQ(opened, 302) << "299 was the least recently used one";
}

TEST(FileObjectStore, IsUsedFromManyThreads) {
    FaultyFileSystem files;
    const auto store = open_store(files);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const std::string key = std::to_string(i % 10) + "/" + std::to_string(t);
                EXPECT_OK(put(*store, key, key));
                EXPECT_EQ(content_of(*store, key), key);
                EXPECT_OK(store->list(std::to_string(i % 10) + "/"));
                if (i % 3 == 0) EXPECT_OK(store->remove(key));
            }
        });
    }
}

}  // namespace
}  // namespace skald::storage
