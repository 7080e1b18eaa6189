// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/file/file_system.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald::storage {

/// One file's bytes: as read back now, and as the disk may hold them. Threading: caller locks.
class FaultyInode {
public:
    static constexpr std::size_t kPage = 512;

    const std::string& content() const { return content_; }
    int links = 0;  ///< Names that it has now.

    /// Over what is there, and on behind it.
    void write(std::size_t at, std::string_view bytes) {
        const std::size_t over = std::min(bytes.size(), content_.size() - at);
        content_.replace(at, over, bytes);  // Grows by what goes beyond the end.
        const std::size_t safe = std::min(at + over, synced_);
        if (at < safe) overwritten_.emplace_back(at, safe);
    }
    void truncate(std::uint64_t size) {
        const auto end = static_cast<std::size_t>(size);
        if (end < synced_) {
            cut_ = content_.substr(end, synced_ - end) + cut_;
            synced_ = end;
        }
        content_.resize(end);
        for (std::vector<Range>* ranges : {&unknown_, &overwritten_}) {
            for (Range& range : *ranges) range.second = std::min(range.second, end);
            std::erase_if(*ranges, [](const Range& range) { return range.first >= range.second; });
        }
    }
    void sync() {
        synced_ = content_.size();
        overwritten_.clear();
        cut_.clear();
    }
    /// What this sync should have saved may never reach the disk, even if a later one succeeds.
    void sync_failed() {
        unknown_.insert(unknown_.end(), overwritten_.begin(), overwritten_.end());
        overwritten_.clear();
        if (synced_ < content_.size()) unknown_.emplace_back(synced_, content_.size());
    }
    void flip(std::uint64_t offset, std::uint8_t mask) {
        char& byte = content_[static_cast<std::size_t>(offset)];
        byte = static_cast<char>(static_cast<std::uint8_t>(byte) ^ mask);
    }

    /// Becomes what the disk held when the power went.
    template <class Random>
    void lose_power(Random& random) {
        if (!cut_.empty() && random() % 2 == 0) {
            // The truncation was lost, and with it everything appended later.
            content_.resize(synced_);
            content_.append(cut_);
        } else {
            for (const std::vector<Range>* ranges : {&unknown_, &overwritten_})
                for (const auto& [begin, end] : *ranges)
                    spoil(random, begin, std::min(end, synced_));
            const std::size_t pending = content_.size() - synced_;
            if (pending > 0) {
                content_.resize(synced_ + static_cast<std::size_t>(random() % (pending + 1)));
                // Often the surviving prefix is whole, as a file system that orders its writes
                // leaves it.
                if (random() % 2 == 0) spoil(random, synced_, content_.size());
            }
        }
        unknown_.clear();
        sync();
    }

private:
    using Range = std::pair<std::size_t, std::size_t>;

    template <class Random>
    void spoil(Random& random, std::size_t begin, std::size_t end) {
        while (begin < end) {
            const std::size_t page_end = std::min(end, (begin / kPage + 1) * kPage);
            const std::uint64_t fate = random() % 8;
            for (std::size_t i = begin; i < page_end && fate < 4; ++i) {
                content_[i] = fate == 0 ? static_cast<char>(random()) : '\0';
            }
            begin = page_end;
        }
    }

    std::string content_;
    std::size_t synced_ = 0;          ///< This much of the content is safe,
    std::vector<Range> unknown_;      ///< but not what a failed sync should have saved,
    std::vector<Range> overwritten_;  ///< nor what was written over zeros since.
    std::string cut_;  ///< Safe bytes that were cut off by a truncation that is not safe yet.
};

/// Names, folders and files of FaultyFileSystem, with what a power loss may undo.
/// Threading: caller locks.
class FaultyDisk {
public:
    using InodePtr = std::shared_ptr<FaultyInode>;  // Names and open handles share a file.

    explicit FaultyDisk(std::uint64_t seed) : random_(seed) {}

    bool chance(std::uint32_t per_mille) { return random_() % 1000 < per_mille; }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    std::uint64_t used_bytes() const { return used_; }

    InodePtr file_ptr(const std::string& path) const {
        const Node* node = find(now_, clean(path));
        return node != nullptr ? node->file : nullptr;
    }
    FaultyInode* file(const std::string& path) const { return file_ptr(path).get(); }
    bool exists(const std::string& path) const {
        return is_directory(clean(path)) || file(path) != nullptr;
    }

    Result<InodePtr> open_to_write(const std::string& path, bool empty) {
        const std::string name = clean(path);
        if (is_directory(name)) return error(ErrorCode::kIo, "open", path, "it is a folder");
        if (!is_directory(parent_of(name))) {
            return error(ErrorCode::kIo, "create", path, "its folder is missing");
        }
        if (InodePtr inode = file_ptr(path)) {
            if (empty) truncate(*inode, 0);
            return inode;
        }
        auto inode = std::make_shared<FaultyInode>();
        link(name, Node{inode});
        pending_.push_back(Change{name, Node{inode}, {}});
        return inode;
    }
    void write(FaultyInode& inode, std::size_t at, std::string_view bytes) {
        const std::size_t before = inode.content().size();
        inode.write(at, bytes);
        if (inode.links > 0) used_ += inode.content().size() - before;
    }
    void truncate(FaultyInode& inode, std::uint64_t size) {
        const std::uint64_t kept = std::min<std::uint64_t>(size, inode.content().size());
        if (inode.links > 0) used_ -= inode.content().size() - kept;
        inode.truncate(kept);
    }

    Result<void> rename(const std::string& from, const std::string& to) {
        const std::string old_name = clean(from);
        const std::string new_name = clean(to);
        const InodePtr inode = file_ptr(old_name);
        if (!inode) return error(ErrorCode::kNotFound, "rename", from, "no such file");
        if (is_directory(new_name) || !is_directory(parent_of(new_name))) {
            return error(ErrorCode::kIo, "rename", to, "bad target");
        }
        if (old_name == new_name) return {};
        unlink(old_name);
        link(new_name, Node{inode});
        pending_.push_back(Change{new_name, Node{inode}, old_name});
        return {};
    }
    Result<void> remove(const std::string& path) {
        const std::string name = clean(path);
        if (file(name) == nullptr)
            return error(ErrorCode::kNotFound, "remove", path, "no such file");
        unlink(name);
        pending_.push_back(Change{{}, {}, name});
        return {};
    }
    Result<void> make_directories(const std::string& path) {
        const std::string name = clean(path);
        for (std::size_t end = 0; end != std::string::npos;) {
            end = name.find('/', end + 1);
            const std::string prefix = name.substr(0, end);
            if (is_directory(prefix)) continue;
            if (file(prefix) != nullptr) {
                return error(ErrorCode::kIo, "make the folder", prefix, "there is a file");
            }
            link(prefix, Node{});
            pending_.push_back(Change{prefix, Node{}, {}});
        }
        return {};
    }
    Result<void> remove_directory(const std::string& path) {
        const std::string name = clean(path);
        const Node* node = find(now_, name);
        if (node == nullptr || node->file) {
            return error(ErrorCode::kNotFound, "remove the folder", path, "no such folder");
        }
        const auto inside = now_.lower_bound(name + "/");
        if (inside != now_.end() && inside->first.starts_with(name + "/")) {
            return error(ErrorCode::kIo, "remove the folder", path, "it is not empty");
        }
        unlink(name);
        pending_.push_back(Change{{}, {}, name});
        return {};
    }
    Result<void> sync_directory(const std::string& path) {
        const std::string folder = clean(path);
        if (!is_directory(folder)) {
            return error(ErrorCode::kNotFound, "sync the folder", path, "no such folder");
        }
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            // A name appears before the other goes, so that a rename never loses the file.
            Change& change = pending_[i];
            const bool from_here = change.goes && parent_of(*change.goes) == folder;
            const bool to_here = change.comes && parent_of(*change.comes) == folder;
            if (change.comes && (to_here || from_here)) {
                safe_[*change.comes] = change.node;
                forget_until(i, *std::exchange(change.comes, std::nullopt));
            }
            if (from_here) {
                safe_.erase(*change.goes);
                forget_until(i, *std::exchange(change.goes, std::nullopt));
            }
        }
        std::erase_if(pending_, [](const Change& change) { return !change.comes && !change.goes; });
        return {};
    }
    Result<std::vector<FileSystem::Entry>> list(const std::string& path) const {
        const std::string folder = clean(path);
        if (!is_directory(folder)) {
            return error(ErrorCode::kNotFound, "list", path, "no such folder");
        }
        std::vector<FileSystem::Entry> entries;
        const std::string prefix = folder.empty() || folder == "/" ? folder : folder + "/";
        for (auto at = now_.lower_bound(prefix); at != now_.end(); ++at) {
            if (!at->first.starts_with(prefix)) break;
            const std::string name = at->first.substr(prefix.size());
            if (name.empty() || name.find('/') != std::string::npos) continue;
            if (prefix.empty() && at->first.front() == '/') continue;
            const InodePtr& inode = at->second.file;
            entries.push_back({name, !inode, inode ? inode->content().size() : 0});
        }
        std::ranges::sort(entries, {}, &FileSystem::Entry::name);
        return entries;
    }

    void put(const std::string& path, std::string_view bytes) {
        const std::string name = clean(path);
        static_cast<void>(make_directories(parent_of(name)));
        const auto inode = std::make_shared<FaultyInode>();
        unlink(name);
        link(name, Node{inode});
        write(*inode, 0, bytes);
        inode->sync();
        for (std::string at = name; !is_root(at); at = parent_of(at)) {
            if (const Node* node = find(now_, at)) safe_[at] = *node;
            std::erase_if(pending_, [&](const Change& change) { return change.comes == at; });
        }
    }

    /// Replaces what is read back by one of the states in which a power loss may leave the disk.
    void lose_power() {
        const bool journaled = chance(500);
        const std::uint64_t kept = below(pending_.size() + 1);
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            if (journaled ? i >= kept : chance(500)) continue;
            const Change& change = pending_[i];
            if (change.comes) safe_[*change.comes] = change.node;
            if (change.goes) safe_.erase(*change.goes);
        }
        pending_.clear();
        now_.clear();
        used_ = 0;
        for (const auto& [name, node] : safe_) {
            if (node.file) node.file->links = 0;
        }
        // A folder comes before what is inside it in the order of names.
        for (const auto& [name, node] : safe_) {
            if (!is_directory(parent_of(name))) continue;
            now_[name] = node;
            if (!node.file || node.file->links++ > 0) continue;
            node.file->lose_power(random_);
            used_ += node.file->content().size();
        }
        safe_ = now_;
    }

private:
    /// A name's meaning: a file, or a folder if there is none.
    struct Node {
        InodePtr file;
    };
    using Names = std::map<std::string, Node>;
    /// A name that came, one that went, or both (a rename).
    struct Change {
        std::optional<std::string> comes;
        Node node;
        std::optional<std::string> goes;

        Change(std::optional<std::string> name, Node meaning, std::optional<std::string> gone)
            : comes(std::move(name)), node(std::move(meaning)), goes(std::move(gone)) {}
    };

    static std::string clean(std::string_view path) {
        while (path.starts_with("./")) path.remove_prefix(2);
        while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
        return path == "." ? std::string() : std::string(path);
    }
    static bool is_root(const std::string& name) { return name.empty() || name == "/"; }
    static std::string parent_of(const std::string& name) {
        const std::size_t slash = name.rfind('/');
        if (slash == std::string::npos) return {};
        return slash == 0 ? "/" : name.substr(0, slash);
    }
    static const Node* find(const Names& names, const std::string& name) {
        const auto found = names.find(name);
        return found == names.end() ? nullptr : &found->second;
    }
    static Error error(ErrorCode code, std::string_view operation, const std::string& path,
                       std::string_view reason) {
        return Error{code,
                     "cannot " + std::string(operation) + " " + path + ": " + std::string(reason)};
    }

    bool is_directory(const std::string& name) const {
        if (is_root(name)) return true;
        const Node* node = find(now_, name);
        return node != nullptr && !node->file;
    }
    /// What was pending for a name before a change of it that is safe can't undo that one.
    void forget_until(std::size_t end, const std::string& name) {
        for (std::size_t i = 0; i < end; ++i) {
            if (pending_[i].comes == name) pending_[i].comes.reset();
            if (pending_[i].goes == name) pending_[i].goes.reset();
        }
    }
    void link(const std::string& name, Node node) {
        unlink(name);
        if (node.file && node.file->links++ == 0) used_ += node.file->content().size();
        now_[name] = std::move(node);
    }
    void unlink(const std::string& name) {
        const auto found = now_.find(name);
        if (found == now_.end()) return;
        const InodePtr& inode = found->second.file;
        if (inode && --inode->links == 0) used_ -= inode->content().size();
        now_.erase(found);
    }

    std::mt19937_64 random_;
    Names now_;                    ///< As the running machine sees it.
    Names safe_;                   ///< As it is after any power loss,
    std::vector<Change> pending_;  ///< give or take these.
    std::uint64_t used_ = 0;       ///< Bytes of the files in `now_`.
};

}  // namespace skald::storage
