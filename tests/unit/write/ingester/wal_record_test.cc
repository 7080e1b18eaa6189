// SPDX-License-Identifier: Apache-2.0
#include "ingester_harness.h"

#include <skald/write/ingester/wal_record.h>

#include <gtest/gtest.h>
#include <snappy.h>

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
    const WalPayload payload = encode_wal_record(batch, buffer);
    return std::string(payload.head) + std::string(payload.body);
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

/// Brings the lines of a batch into a body like that of a push, with some bytes between them.
StreamBatch packed_batch(StreamBatch batch) {
    struct Body {
        std::string unpacked;
        std::string packed;
    };
    auto body = std::make_shared<Body>();
    std::vector<std::size_t> places;
    for (const EntryView& entry : batch.entries) {
        body->unpacked.append(places.size() % 5, '#');
        places.push_back(body->unpacked.size());
        body->unpacked += entry.line;
    }
    body->unpacked += "end";
    snappy::Compress(body->unpacked.data(), body->unpacked.size(), &body->packed);
    batch.body = {body->packed, body->unpacked};
    for (std::size_t i = 0; i < places.size(); ++i) {
        EntryView& entry = batch.entries[i];
        entry.line = batch.body.unpacked.substr(places[i], entry.line.size());
    }
    batch.owners.push_back(std::move(body));
    return batch;
}

/// Enough like logs that snappy halves it.
StreamBatch log_batch(int entries) {
    BatchBuilder builder;
    for (int i = 0; i < entries; ++i) {
        if (i % 10 == 0) builder.stream({{"app", "a" + std::to_string(i / 10)}});
        std::vector<Labels::Pair> metadata;
        if (i % 5 == 0) metadata = {{"id", std::to_string(i % 4)}};
        builder.entry(kNoon + i, "GET /index.html took " + std::to_string(i) + " ms",
                      i % 3 == 0 ? "info" : "", metadata);
    }
    return packed_batch(builder.take());
}

std::uint8_t version_of(const std::string& record) {
    return static_cast<std::uint8_t>(record.front());
}

TEST(WalRecord, WithABodyDecodesFromTheDocumentedBytes) {
    static constexpr char kBytes[] =
        "\x02\x01t\x01\x06\x03"
        "app\x01x\x02"
        "\x14\x06"
        "\x02\x03"
        "\x03\x01"  // gaps
        "\x01\x01\x00\x01\x04info"
        "\x01\x00\x01\x02id\x01"
        "7"
        "\x0A\x24"
        "ab hi you!";
    const StreamBatch expected = BatchBuilder(*TenantId::parse("t"))
                                     .stream({{"app", "x"}})
                                     .entry(10, "hi", "info")
                                     .entry(13, "you", "", {{"id", "7"}})
                                     .take();

    WalRecordDecoder decoder;
    const auto decoded = decoder.decode(std::string_view(kBytes, sizeof kBytes - 1));

    ASSERT_OK(decoded);
    EXPECT_EQ(plain(**decoded), plain(expected));
}

TEST(WalRecord, KeepsTheBodyInsteadOfItsLines) {
    const StreamBatch batch = log_batch(200);
    Buffer buffer;

    const WalPayload payload = encode_wal_record(batch, buffer);

    EXPECT_EQ(payload.body.data(), batch.body.packed.data());
    EXPECT_EQ(version_of(std::string(payload.head)), kWalRecordWithBody);
    EXPECT_EQ(payload.head.find("index.html"), std::string_view::npos);
    WalRecordDecoder decoder;
    const std::string record = encoded(batch);
    const auto decoded = decoder.decode(record);
    ASSERT_OK(decoded);
    EXPECT_EQ(plain(**decoded), plain(batch));
}

TEST(WalRecord, KeepsTheBodyWhenSomeEntriesWereTakenOut) {
    StreamBatch batch = log_batch(200);
    std::mt19937_64 random(3);
    std::size_t removed = 0;
    for (auto& stream : batch.streams) {
        const std::uint32_t drop = random() % 4;
        stream.entries_end -= drop;
        removed += drop;
    }
    ASSERT_GT(removed, 0U);
    const std::string record = encoded(batch);

    WalRecordDecoder decoder;
    const auto decoded = decoder.decode(record);

    ASSERT_OK(decoded);
    EXPECT_EQ(version_of(record), kWalRecordWithBody);
    EXPECT_EQ(plain(**decoded), plain(batch));
}

TEST(WalRecord, HoldsTheLinesIfTheBodyDoesNotHaveThem) {
    StreamBatch shortened = log_batch(200);
    const std::string elsewhere = "shortened";
    shortened.entries[7].line = elsewhere;
    StreamBatch reordered = log_batch(200);
    std::swap(reordered.entries[3].line, reordered.entries[9].line);
    StreamBatch few = log_batch(200);
    few.streams.resize(4);
    StreamBatch unpackable = log_batch(200);
    unpackable.body.packed = unpackable.body.unpacked;

    for (const StreamBatch* batch : {&shortened, &reordered, &few, &unpackable}) {
        const std::string record = encoded(*batch);
        WalRecordDecoder decoder;
        const auto decoded = decoder.decode(record);
        ASSERT_OK(decoded);
        EXPECT_EQ(version_of(record), kWalRecordWithLines);
        EXPECT_EQ(plain(**decoded), plain(*batch));
    }
}

TEST(WalRecord, OfRandomBatchesWithBodiesDecodesToWhatWasEncoded) {
    WalRecordDecoder decoder;
    RandomBatches batches(7);
    int with_body = 0;
    for (int i = 0; i < 500; ++i) {
        StreamBatch batch = batches.batch();
        const std::string padding(batches.below(4000), 'x');
        const auto stream = batch.streams.front().stream;
        BatchBuilder builder;
        builder.stream(stream);
        builder.entry(kNoon, padding);
        StreamBatch padded = builder.take();
        const auto shift = static_cast<std::uint32_t>(padded.pairs.size());
        for (auto& from : batch.streams)
            padded.streams.push_back({from.stream, from.entries_begin + 1, from.entries_end + 1});
        for (EntryView entry : batch.entries) {
            entry.metadata_begin += shift;
            padded.entries.push_back(entry);
        }
        padded.pairs.insert(padded.pairs.end(), batch.pairs.begin(), batch.pairs.end());
        padded = packed_batch(std::move(padded));
        const std::string record = encoded(padded);

        const auto decoded = decoder.decode(record);

        ASSERT_OK(decoded);
        with_body += version_of(record) == kWalRecordWithBody ? 1 : 0;
        EXPECT_EQ(plain(**decoded), plain(padded));
    }
    EXPECT_GT(with_body, 50);
    EXPECT_LT(with_body, 450);
}

TEST(WalRecord, WithADamagedBodyIsRefusedOrDecodes) {
    const std::string record = encoded(log_batch(200));
    WalRecordDecoder decoder;
    std::mt19937_64 random(11);
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string damaged = record;
        damaged[random() % damaged.size()] = static_cast<char>(random());
        if (i % 3 == 0) damaged.resize(random() % damaged.size());
        refused += decoder.decode(damaged) ? 0 : 1;
    }
    EXPECT_GT(refused, 1000);
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
