// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/faulty_disk.h"

#include <skald/storage/file/file_system.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace skald::storage {

/// A disk in memory that loses what a real one may lose. Everything random comes from the seed.
///
/// The model is as harsh as POSIX allows, harsher than ext4 is:
///  - Appended bytes are safe after `sync` of the file. At a power loss each unsynced page
///  survives,
///    reads as zeros or as garbage, and the file's end is anywhere after its last synced byte.
///    Where they were written over prepared zeros that are safe, only the end is certain.
///  - A truncation is safe after `sync` too; before it, the bytes that were cut may come back.
///  - Creations, renames and removals (of files and folders) are safe after `sync_directory` of the
///    folder. Before it each may survive or not: half of the power losses keep the first so many of
///    them, as a journal does, the other half keep any subset. A rename between folders is safe
///    where it goes to after that folder's sync; the old name may come back until its own is
///    synced.
///  - A folder that was lost takes everything inside with it, however well that was synced.
///  - After a failed `sync` the bytes that it should have saved are unknown for good: they are
///  still
///    read back until the power loss, and a later `sync` that succeeds does not save them.
///
/// Crash tests:
///
///     FaultyFileSystem files(seed);
///     files.crash_after(n);          // The n+1st change from here and all after it fail.
///     ... run the code; it may think it failed, or that it is fine ...
///     destroy it (its file handles are dead; it must not start anything after the restart)
///     files.restart();               // What the disk holds after the power came back.
///     ... run recovery, check ...
///
/// `operations()` tells how many changes a run makes, so that a test can crash at each. A change
/// that the crash hits may have happened in part. `restart(Loss::kProcess)` is kill -9: nothing
/// that was written is lost, but what was not synced is still not safe from a power loss after it.
///
/// Faults: `fail_next` (after some successes, so many times), `set_failure_rate`, `set_capacity` (a
/// disk that is full), `damage` (flips bits of a file). `on_operation` lets a test stop a thread
/// inside an operation.
///
/// Paths are relative ("wal/1.wal") or absolute; the empty path, "." and "/" always exist.
/// Threading: thread-safe.
class FaultyFileSystem final : public FileSystem {
public:
    enum class Operation {
        kCreate,
        kOpenAppend,
        kOpenRead,
        kRead,
        kAppend,
        kPrepare,
        kSync,
        kTruncate,
        kRename,
        kRemove,
        kMakeDirectories,
        kRemoveDirectory,
        kSyncDirectory,
        kList,
        kExists,
        kSpace,
        kCount,
    };
    enum class Loss { kPower, kProcess };
    static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

    explicit FaultyFileSystem(std::uint64_t seed = 1) : disk_(seed) {}

    /// The next `changes` operations that change the disk are done, all later ones (and all reads)
    /// fail until `restart`.
    void crash_after(std::uint64_t changes) {
        with_lock([&] { crash_at_ = changes_ + changes; });
    }
    bool crashed() const {
        return with_lock([&] { return dead_; });
    }
    /// The machine starts again; handles from before fail for ever. Faults that were asked for are
    /// forgotten, the capacity is kept. Without a crash before it, the power fails right now.
    void restart(Loss loss = Loss::kPower) {
        with_lock([&] {
            ++epoch_;
            dead_ = false;
            crash_at_ = kUnlimited;
            fail_at_ = kUnlimited;
            failures_ = {};
            if (loss == Loss::kPower) disk_.lose_power();
        });
    }
    /// Operations that change the disk (all but reading, listing and asking) that were begun.
    std::uint64_t operations() const {
        return with_lock([&] { return changes_; });
    }

    /// After `after` more operations of that kind, the next `times` fail with `error`.
    void fail_next(Operation operation, Error error, std::uint64_t times = 1,
                   std::uint64_t after = 0) {
        with_lock([&] {
            failures_[index_of(operation)] = Failure{std::move(error), after, times, 0};
        });
    }
    /// The next `changes` operations that change the disk are done, the one after them fails with
    /// `error`, and the later ones are done again.
    void fail_change(std::uint64_t changes, Error error) {
        with_lock([&] {
            fail_at_ = changes_ + changes;
            change_error_ = std::move(error);
        });
    }
    /// Every operation of that kind fails with a chance of `per_mille` in a thousand (kIo).
    void set_failure_rate(Operation operation, std::uint32_t per_mille) {
        with_lock([&] {
            failures_[index_of(operation)] = Failure{Error{ErrorCode::kIo, "simulated failure"}, 0,
                                                     per_mille > 0 ? kUnlimited : 0, per_mille};
        });
    }
    /// Bytes that fit in all files together; appends beyond it are cut short with kUnavailable.
    void set_capacity(std::uint64_t bytes) {
        with_lock([&] { capacity_ = bytes; });
    }
    std::uint64_t used_bytes() const {
        return with_lock([&] { return disk_.used_bytes(); });
    }

    /// Flips the bits of `mask` in one byte of a file, on the disk and as read. False if there is
    /// none.
    bool damage(const std::string& path, std::uint64_t offset, std::uint8_t mask) {
        return with_lock([&] {
            FaultyInode* inode = disk_.file(path);
            if (inode == nullptr || offset >= inode->content().size()) return false;
            inode->flip(offset, mask);
            return true;
        });
    }
    /// Puts a file there, durably, with its folders; the disk's state at the start of a test.
    void put(const std::string& path, std::string_view bytes) {
        with_lock([&] { disk_.put(path, bytes); });
    }
    /// Called before each operation, without a lock, on the thread that does it.
    void on_operation(std::function<void(Operation, const std::string& path)> hook) {
        with_lock([&] { hook_ = hook ? std::make_shared<const Hook>(std::move(hook)) : nullptr; });
    }

    Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
        return open_to_write(Operation::kCreate, path, true);
    }
    Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override {
        return open_to_write(Operation::kOpenAppend, path, false);
    }
    Result<std::unique_ptr<RandomAccessFile>> open_read(const std::string& path) override {
        return run<std::unique_ptr<RandomAccessFile>>(
            Operation::kOpenRead, path, [&](bool) -> Result<std::unique_ptr<RandomAccessFile>> {
                std::shared_ptr<FaultyInode> inode = disk_.file_ptr(path);
                if (!inode) return not_found("open", path);
                return std::unique_ptr<RandomAccessFile>(
                    std::make_unique<Reading>(*this, std::move(inode), path));
            });
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return run<void>(Operation::kRename, from, [&](bool) { return disk_.rename(from, to); });
    }
    Result<void> remove(const std::string& path) override {
        return run<void>(Operation::kRemove, path, [&](bool) { return disk_.remove(path); });
    }
    Result<void> make_directories(const std::string& path) override {
        return run<void>(Operation::kMakeDirectories, path,
                         [&](bool) { return disk_.make_directories(path); });
    }
    Result<void> remove_directory(const std::string& path) override {
        return run<void>(Operation::kRemoveDirectory, path,
                         [&](bool) { return disk_.remove_directory(path); });
    }
    Result<void> sync_directory(const std::string& path) override {
        return run<void>(Operation::kSyncDirectory, path,
                         [&](bool) { return disk_.sync_directory(path); });
    }
    Result<std::vector<Entry>> list(const std::string& path) override {
        return run<std::vector<Entry>>(Operation::kList, path,
                                       [&](bool) { return disk_.list(path); });
    }
    Result<bool> exists(const std::string& path) override {
        return run<bool>(Operation::kExists, path,
                         [&](bool) -> Result<bool> { return disk_.exists(path); });
    }
    Result<Space> space(const std::string& path) override {
        return run<Space>(Operation::kSpace, path, [&](bool) -> Result<Space> {
            const std::uint64_t used = disk_.used_bytes();
            return Space{capacity_ > used ? capacity_ - used : 0, capacity_};
        });
    }

private:
    using Hook = std::function<void(Operation, const std::string& path)>;
    static constexpr std::size_t kKinds = static_cast<std::size_t>(Operation::kCount);

    struct Failure {
        Error error{ErrorCode::kIo, {}};
        std::uint64_t after = 0;
        std::uint64_t times = 0;
        std::uint32_t per_mille = 0;  ///< 0: each time.
    };

    /// A file that is open to be written.
    class Writing final : public WritableFile {
    public:
        Writing(FaultyFileSystem& files, std::shared_ptr<FaultyInode> inode, std::string path)
            : files_(files),
              inode_(std::move(inode)),
              path_(std::move(path)),
              epoch_(files.epoch_),
              size_(inode_->content().size()) {}

        Result<void> append(std::string_view bytes) override {
            return append_all(std::span(&bytes, 1));
        }
        Result<void> append_all(std::span<const std::string_view> pieces) override {
            std::string bytes;
            for (const std::string_view piece : pieces) bytes.append(piece);
            return files_.run_on<void>(epoch_, Operation::kAppend, path_, [&](bool failing) {
                return files_.write(*inode_, size_, bytes, path_, failing);
            });
        }
        Result<void> prepare(std::uint64_t bytes) override {
            return files_.run_on<void>(epoch_, Operation::kPrepare, path_, [&](bool failing) {
                std::size_t end = size_;
                return files_.write(*inode_, end, std::string(bytes, '\0'), path_, failing);
            });
        }
        Result<void> sync() override {
            return files_.run_on<void>(epoch_, Operation::kSync, path_,
                                       [&](bool failing) -> Result<void> {
                                           failing ? inode_->sync_failed() : inode_->sync();
                                           return {};
                                       });
        }
        Result<void> truncate(std::uint64_t size) override {
            return files_.run_on<void>(epoch_, Operation::kTruncate, path_,
                                       [&](bool failing) -> Result<void> {
                                           if (failing) return {};
                                           files_.disk_.truncate(*inode_, size);
                                           size_ = std::min<std::size_t>(size_, size);
                                           return {};
                                       });
        }
        std::uint64_t size() const override {
            return files_.with_lock([&] { return std::uint64_t{size_}; });
        }

    private:
        FaultyFileSystem& files_;
        std::shared_ptr<FaultyInode> inode_;
        std::string path_;
        std::uint64_t epoch_;
        std::size_t size_;  ///< Without what is prepared.
    };

    /// A file that is open to be read.
    class Reading final : public RandomAccessFile {
    public:
        Reading(FaultyFileSystem& files, std::shared_ptr<FaultyInode> inode, std::string path)
            : files_(files),
              inode_(std::move(inode)),
              path_(std::move(path)),
              epoch_(files.epoch_),
              size_(inode_->content().size()) {}

        Result<Buffer> read(std::uint64_t offset, std::size_t length) const override {
            return files_.run_on<Buffer>(
                epoch_, Operation::kRead, path_, [&](bool) -> Result<Buffer> {
                    const std::string& content = inode_->content();
                    if (offset > content.size() || length > content.size() - offset) {
                        return Error{ErrorCode::kCorruption,
                                     "cannot read " + path_ + ": the file is shorter"};
                    }
                    Buffer bytes(length);
                    if (length > 0) std::memcpy(bytes.data(), content.data() + offset, length);
                    return bytes;
                });
        }
        std::uint64_t size() const override { return size_; }

    private:
        FaultyFileSystem& files_;
        std::shared_ptr<FaultyInode> inode_;
        std::string path_;
        std::uint64_t epoch_;
        std::uint64_t size_;
    };

    static std::size_t index_of(Operation operation) { return static_cast<std::size_t>(operation); }
    static bool changes_disk(Operation operation) {
        switch (operation) {
            case Operation::kOpenRead:
            case Operation::kRead:
            case Operation::kList:
            case Operation::kExists:
            case Operation::kSpace: return false;
            default: return true;
        }
    }
    static Error not_found(std::string_view operation, const std::string& path) {
        return Error{ErrorCode::kNotFound,
                     "cannot " + std::string(operation) + " " + path + ": no such file"};
    }
    static Error dead_error(const std::string& path) {
        return Error{ErrorCode::kIo, "simulated crash at " + path};
    }

    template <class Use>
    std::invoke_result_t<Use> with_lock(Use&& use) const {
        std::lock_guard hold(mutex_);
        return std::forward<Use>(use)();
    }

    template <class T, class Use>
    Result<T> run(Operation operation, const std::string& path, Use&& use) {
        return run_on<T>(kAnyEpoch, operation, path, std::forward<Use>(use));
    }

    /// Decides what becomes of one operation. `use(failing)` runs unless it is to fail without a
    /// trace; a failing append, sync or truncation may leave one.
    template <class T, class Use>
    Result<T> run_on(std::uint64_t epoch, Operation operation, const std::string& path, Use&& use) {
        if (const std::shared_ptr<const Hook> hook = with_lock([&] { return hook_; })) {
            (*hook)(operation, path);
        }
        std::lock_guard hold(mutex_);
        if (dead_ || (epoch != kAnyEpoch && epoch != epoch_)) return dead_error(path);
        const bool changes = changes_disk(operation);
        const std::uint64_t number = changes_;
        changes_ += changes ? 1 : 0;
        if (changes && number >= crash_at_) {
            dead_ = true;
            // The operation that the crash hits is done or not; what is pending is torn later
            // anyway.
            if (disk_.chance(500)) static_cast<void>(use(disk_.chance(500)));
            return dead_error(path);
        }
        std::optional<Error> error = next_failure(operation);
        if (changes && number == fail_at_) error = change_error_;
        if (error.has_value()) {
            if (leaves_traces(operation)) static_cast<void>(use(true));
            return Error{error->code, error->message + ": " + path};
        }
        return use(false);
    }

    static bool leaves_traces(Operation operation) {
        return operation == Operation::kAppend || operation == Operation::kPrepare ||
               operation == Operation::kSync;
    }

    std::optional<Error> next_failure(Operation operation) {
        Failure& failure = failures_[index_of(operation)];
        if (failure.times == 0) return std::nullopt;
        if (failure.after > 0) {
            --failure.after;
            return std::nullopt;
        }
        if (failure.per_mille > 0 && !disk_.chance(failure.per_mille)) return std::nullopt;
        if (failure.times != kUnlimited) --failure.times;
        return failure.error;
    }

    Result<std::unique_ptr<WritableFile>> open_to_write(Operation operation,
                                                        const std::string& path, bool empty) {
        using Opened = std::unique_ptr<WritableFile>;
        return run<Opened>(operation, path, [&](bool) -> Result<Opened> {
            SKALD_TRY(std::shared_ptr<FaultyInode> inode, disk_.open_to_write(path, empty));
            return Opened(std::make_unique<Writing>(*this, std::move(inode), path));
        });
    }

    /// At `end`, which moves on.
    Result<void> write(FaultyInode& inode, std::size_t& end, std::string_view bytes,
                       const std::string& path, bool failing) {
        if (failing) bytes = bytes.substr(0, disk_.below(bytes.size() + 1));
        const std::uint64_t used = disk_.used_bytes();
        const std::uint64_t room =
            inode.content().size() - end + (capacity_ > used ? capacity_ - used : 0);
        const bool full = bytes.size() > room;
        bytes = bytes.substr(0, full ? room : bytes.size());
        disk_.write(inode, end, bytes);
        end += bytes.size();
        if (!full) return {};
        return Error{ErrorCode::kUnavailable,
                     "cannot write " + path + ": the disk is full: no space left on the device"};
    }

    static constexpr std::uint64_t kAnyEpoch = kUnlimited;

    mutable std::mutex mutex_;
    FaultyDisk disk_;
    std::array<Failure, kKinds> failures_;
    std::shared_ptr<const Hook> hook_;
    std::uint64_t capacity_ = std::uint64_t{1} << 40;
    std::uint64_t changes_ = 0;
    std::uint64_t crash_at_ = kUnlimited;
    std::uint64_t fail_at_ = kUnlimited;
    Error change_error_{ErrorCode::kIo, {}};
    std::uint64_t epoch_ = 0;
    bool dead_ = false;
};

}  // namespace skald::storage
