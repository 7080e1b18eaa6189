// SPDX-License-Identifier: Apache-2.0
#include "stream_dictionary.h"

#include <skald/foundation/base/number_table.h>

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

namespace skald::storage {

namespace {

// Streams that are written in one batch: about 1 MB with ten labels each.
constexpr std::size_t kStreamsPerBatch = 4096;
static_assert(kStreamsPerBatch % kLabelsPerRow == 0);

/// Reads all ids of a shelf in the order of their numbers: there may be a million, so they are in
/// memory once.
Result<void> load_ids(const Database& database, const Shelf& shelf, const Database::Moment& at,
                      NumberTable& table) {
    const std::string from = shelf_prefix(RowKind::kIds, shelf);
    std::vector<StreamId> ids;
    return database.scan(from, end_of_prefix(from), at,
                         [&](std::string_view key, std::string_view value) -> Result<bool> {
                             ids.clear();
                             if (key.size() != from.size() + kNumberBytes ||
                                 number_of(key) != table.size() || !decode_ids(value, ids))
                                 return malformed("id");
                             for (const StreamId& id : ids)
                                 if (!table.insert(id).second) return malformed("id");
                             return true;
                         });
}

struct LabelHash {
    std::size_t operator()(const LabelView& label) const {
        return hash64(label.value) * 31 + hash64(label.name);
    }
};

/// Numbers by label, of streams that come in label order.
class PostingBatch {
public:
    void add(std::uint32_t number, const Labels& labels) {
        last_.resize(std::max(last_.size(), labels.size()));
        for (std::size_t i = 0; i < labels.size(); ++i) {
            // Neighbours share most pairs: looking at the last one saves the hashing.
            if (last_[i] == nullptr || last_[i]->first != labels[i])
                last_[i] = &*lists_.try_emplace(labels[i]).first;
            last_[i]->second.push_back(number);
        }
    }

    void put(const Shelf& shelf, rocksdb::WriteBatch& batch) const {
        std::vector<std::pair<std::string, const IdSet*>> rows;
        rows.reserve(lists_.size());
        for (const auto& [label, numbers] : lists_) {
            // The key has the first number, so later batches put their rows behind this one.
            std::string key = posting_prefix(shelf, label);
            const std::string number = numbered_key(RowKind::kPosting, shelf, numbers.front());
            key.append(number, number.size() - kNumberBytes);
            rows.emplace_back(std::move(key), &numbers);
        }
        // RocksDB looks for the place of a key from that of the one before.
        std::sort(rows.begin(), rows.end());
        std::string value;
        for (const auto& [key, numbers] : rows) {
            value.clear();
            ByteWriter out(value);
            encode_id_set(*numbers, out);
            batch.Put(key, value);
        }
    }

private:
    using Lists = std::unordered_map<LabelView, IdSet, LabelHash>;
    Lists lists_;
    std::vector<Lists::value_type*> last_;
};

/// Walks label rows forward and gives the pairs of one number after the other.
class LabelCursor {
public:
    LabelCursor(const Shelf& shelf, const Database::Moment& at)
        : shelf_(shelf),
          prefix_(shelf_prefix(RowKind::kLabels, shelf)),
          end_(end_of_prefix(prefix_)),
          end_slice_(end_),
          rows_(Database::cursor(at, &end_slice_)) {}

    /// Requires: ascending numbers. The views live until the next call.
    Result<const std::vector<LabelView>*> pairs(std::uint32_t number) {
        if (!covers(number)) {
            SKALD_CHECK(seek(number));
        }
        const std::vector<LabelView>* pairs = nullptr;
        while (next_ <= number) {
            pairs = reader_->next();
            if (pairs == nullptr) return malformed("label");
            ++next_;
        }
        return pairs;
    }

private:
    bool covers(std::uint32_t number) const {
        return reader_.has_value() && next_ <= number && number < next_ + reader_->left();
    }

    Result<void> seek(std::uint32_t number) {
        // Dense numbers are in the next row; else it is looked up.
        if (rows_->Valid()) rows_->Next();
        open_row();
        if (!covers(number)) {
            rows_->SeekForPrev(numbered_key(RowKind::kLabels, shelf_, number));
            open_row();
        }
        if (!rows_->status().ok()) return to_error(rows_->status(), "read");
        if (!covers(number)) return malformed("label");
        return {};
    }

    /// Begins to read the row that the cursor is at, if it is one of the shelf's label rows.
    void open_row() {
        reader_.reset();
        if (!rows_->Valid()) return;
        const std::string_view key = view_of(rows_->key());
        if (key.size() != prefix_.size() + kNumberBytes || !key.starts_with(prefix_)) return;
        next_ = number_of(key);
        reader_.emplace(view_of(rows_->value()));
    }

    const Shelf& shelf_;
    std::string prefix_;
    std::string end_;
    rocksdb::Slice end_slice_;
    Database::Cursor rows_;
    std::optional<LabelRowReader> reader_;
    std::uint64_t next_ = 0;  ///< Number of the reader's next set.
};

}  // namespace

Result<IdSet> StreamDictionary::number(const Shelf& shelf, const std::vector<StreamPtr>& streams) {
    SKALD_TRY(Database::Moment at, database_.moment());
    SKALD_TRY(const std::uint32_t known, size(shelf, at));
    if (known + streams.size() >= UINT32_MAX)
        return Error{ErrorCode::kTooLarge, "catalog: too many streams in one period"};
    NumberTable table(known + streams.size());
    SKALD_CHECK(load_ids(database_, shelf, at, table));
    if (table.size() != known) return malformed("id");
    at.reset();
    IdSet numbers;
    numbers.reserve(streams.size());
    std::vector<StreamPtr> fresh;
    for (const StreamPtr& stream : streams) {
        const auto [number, is_new] = table.insert(stream->id);
        numbers.push_back(number);
        if (is_new) fresh.push_back(stream);
    }
    SKALD_CHECK(add(shelf, known, fresh));
    return to_id_set(std::move(numbers));
}

Result<void> StreamDictionary::add(const Shelf& shelf, std::uint32_t first,
                                   const std::vector<StreamPtr>& streams) {
    for (std::size_t begin = 0; begin < streams.size(); begin += kStreamsPerBatch) {
        const auto group =
            std::span(streams).subspan(begin, std::min(kStreamsPerBatch, streams.size() - begin));
        const auto number = static_cast<std::uint32_t>(first + begin);
        rocksdb::WriteBatch batch;
        batch.Put(numbered_key(RowKind::kIds, shelf, number), encode_ids(group));
        PostingBatch postings;
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (i % kLabelsPerRow == 0) {
                const auto row = group.subspan(i, std::min(kLabelsPerRow, group.size() - i));
                batch.Put(
                    numbered_key(RowKind::kLabels, shelf, static_cast<std::uint32_t>(number + i)),
                    encode_labels(row));
            }
            postings.add(static_cast<std::uint32_t>(number + i), group[i]->labels);
        }
        postings.put(shelf, batch);
        SKALD_CHECK(database_.write(batch));
    }
    return {};
}

Result<void> StreamDictionary::visit(const Shelf& shelf, const IdSet& ids,
                                     const Database::Moment& at, const Visit& visit) const {
    LabelCursor labels(shelf, at);
    for (const std::uint32_t id : ids) {
        SKALD_TRY(const std::vector<LabelView>* pairs, labels.pairs(id));
        SKALD_CHECK(visit(id, *pairs));
    }
    return {};
}

Result<std::vector<StreamPtr>> StreamDictionary::streams(const Shelf& shelf, const IdSet& ids,
                                                         const Database::Moment& at,
                                                         const TakeMemory& take) const {
    std::vector<StreamPtr> streams;
    streams.reserve(ids.size());
    const auto keep = [&](std::uint32_t, const std::vector<LabelView>& pairs) -> Result<void> {
        auto stream = std::make_shared<const Stream>(Labels::from_views(pairs));
        if (take != nullptr && !take(sizeof(Stream) + stream->labels.heap_bytes()))
            return Error{ErrorCode::kUnavailable, "no memory for the streams that were found"};
        streams.push_back(std::move(stream));
        return {};
    };
    SKALD_CHECK(visit(shelf, ids, at, keep));
    return streams;
}

Result<std::uint32_t> StreamDictionary::size(const Shelf& shelf, const Database::Moment& at) const {
    const std::string prefix = shelf_prefix(RowKind::kIds, shelf);
    const std::string end = end_of_prefix(prefix);
    const rocksdb::Slice end_slice(end);
    const Database::Cursor rows = Database::cursor(at, &end_slice);
    rows->SeekForPrev(end);
    if (!rows->status().ok()) return to_error(rows->status(), "read");
    if (!rows->Valid()) return 0U;
    const std::string_view key = view_of(rows->key());
    if (!key.starts_with(prefix)) return 0U;
    std::vector<StreamId> ids;
    if (key.size() != prefix.size() + kNumberBytes || !decode_ids(view_of(rows->value()), ids))
        return malformed("id");
    return static_cast<std::uint32_t>(number_of(key) + ids.size());
}

}  // namespace skald::storage
