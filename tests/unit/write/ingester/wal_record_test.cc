// SPDX-License-Identifier: Apache-2.0
#include "wal_record.h"

#include "ingester_harness.h"

#include <gtest/gtest.h>

#include <random>

namespace skald::write {
namespace {

using cluster::StreamBatch;

/// A batch as plain values.
struct PlainEntry {
    std::string stream;
    TimeNs time = 0;
    std::string line;
    std::string level;
    std::vector<Labels::Pair> metadata;

    bool operator==(const PlainEntry&) const = default;
};

std::vector<PlainEntry> plain(const StreamBatch& batch) {
    std::vector<PlainEntry> all;
    for (const auto& stream : batch.streams) {
        for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
            const EntryView& entry = batch.entries[i];
            PlainEntry item{stream.stream->labels.to_string(),
                            entry.time,
                            std::string(entry.line),
                            std::string(entry.level),
                            {}};
            for (std::uint32_t k = 0; k < entry.metadata_count; ++k) {
                const LabelView& pair = batch.pairs[entry.metadata_begin + k];
                item.metadata.emplace_back(pair.name, pair.value);
            }
            all.push_back(std::move(item));
        }
    }
    return all;
}

std::string encoded(const StreamBatch& batch) {
    Buffer buffer;
    return std::string(encode_wal_record(batch, buffer));
}

class RandomBatches {
public:
    explicit RandomBatches(std::uint64_t seed) : random_(seed) {}

    StreamBatch batch() {
        BatchBuilder builder;
        const std::uint64_t streams = 1 + below(6);
        for (std::uint64_t s = 0; s < streams; ++s) {
            builder.stream({{"app", "a" + std::to_string(s)}, {"zone", text(5)}});
            const std::uint64_t entries = below(20);
            for (std::uint64_t i = 0; i < entries; ++i) {
                builder.entry(time(), text(40),
                              below(2) == 0 ? "" : "l" + std::to_string(below(30)), metadata());
            }
        }
        return builder.take();
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

private:
    std::string text(std::uint64_t longest) {
        std::string text(below(longest + 1), '\0');
        for (char& c : text) c = static_cast<char>(random_());
        return text;
    }
    TimeNs time() {
        const std::uint64_t kind = below(20);
        if (kind == 0) return kTimeMin;
        if (kind == 1) return kTimeMax;
        return kNoon + static_cast<TimeNs>(below(1000)) - 500;
    }
    std::vector<Labels::Pair> metadata() {
        std::vector<Labels::Pair> pairs;
        for (char name = 'a'; name < 'd'; ++name) {
            if (below(4) == 0) pairs.emplace_back(std::string(1, name), text(5));
        }
        return pairs;
    }

    std::mt19937_64 random_;
};

TEST(WalRecord, DecodesToWhatWasEncoded) {
    WalRecordDecoder decoder;
    RandomBatches batches(1);
    for (int i = 0; i < 500; ++i) {
        const StreamBatch batch = batches.batch();
        const std::string record = encoded(batch);

        const auto decoded = decoder.decode(record);

        ASSERT_OK(decoded);
        EXPECT_EQ(plain(**decoded), plain(batch));
        EXPECT_EQ((*decoded)->tenant, batch.tenant);
    }
}

TEST(WalRecord, LeavesOutWhatTheCheckTookOut) {
    StreamBatch batch = BatchBuilder()
                            .stream({{"app", "a"}})
                            .entry(1, "kept", "info")
                            .entry(2, "refused", "warn", {{"id", "7"}})
                            .stream({{"app", "b"}})
                            .entry(3, "also kept")
                            .take();
    batch.streams[0].entries_end = 1;
    const std::string record = encoded(batch);

    WalRecordDecoder decoder;
    const auto decoded = decoder.decode(record);

    ASSERT_OK(decoded);
    EXPECT_EQ(plain(**decoded), plain(batch));
    EXPECT_EQ(record.find("refused"), std::string::npos);
}

TEST(WalRecord, HasTheDocumentedBytes) {
    const StreamBatch batch = BatchBuilder(*TenantId::parse("t"))
                                  .stream({{"app", "x"}})
                                  .entry(10, "hi", "info")
                                  .entry(13, "you", "", {{"id", "7"}})
                                  .take();
    static constexpr char kBytes[] =
        "\x01\x01t\x01\x06\x03"
        "app\x01x\x02"              // one stream of two entries
        "\x14\x06"                  // times
        "\x02\x03"                  // lengths
        "\x01\x01\x00\x01\x04info"  // levels
        "\x01\x00\x01\x02id\x01"
        "7"  // metadata
        "hiyou";

    EXPECT_EQ(encoded(batch), std::string(kBytes, sizeof kBytes - 1));
}

TEST(WalRecord, GivesAStreamTheSameObjectInEachRecord) {
    const std::string record = encoded(one_stream("a", kNoon, {"line"}));
    WalRecordDecoder decoder;

    const StreamPtr first = (*decoder.decode(record))->streams[0].stream;
    const StreamPtr second = (*decoder.decode(record))->streams[0].stream;

    EXPECT_EQ(first, second);
    EXPECT_EQ(decoder.streams(), 1U);
}

TEST(WalRecord, RefusesEachTruncationAndAnyDamageWithoutHarm) {
    RandomBatches batches(2);
    for (int i = 0; i < 40; ++i) {
        const StreamBatch batch = batches.batch();
        const std::string record = encoded(batch);
        for (std::size_t size = 0; size < record.size(); ++size) {
            WalRecordDecoder decoder;
            EXPECT_FALSE(decoder.decode(std::string_view(record).substr(0, size)));
        }
        for (int flip = 0; flip < 200; ++flip) {
            std::string damaged = record;
            damaged[batches.below(record.size())] = static_cast<char>(batches.below(256));
            WalRecordDecoder decoder;
            const auto decoded = decoder.decode(damaged);
            if (decoded) static_cast<void>(plain(**decoded));
        }
    }
}

TEST(WalRecord, NamesAVersionThatItDoesNotKnow) {
    std::string record = encoded(one_stream("a", kNoon, {"line"}));
    record[0] = 9;

    WalRecordDecoder decoder;
    const auto decoded = decoder.decode(record);

    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().message, "WAL record: unknown version 9");
}

}  // namespace
}  // namespace skald::write
