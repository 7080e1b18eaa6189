// SPDX-License-Identifier: Apache-2.0
//
// Goal: protobuf pushes are read without copies, and damaged ones are refused in gogo-proto's
// words. Method: messages written field by field; damage at every byte of a good one.
#include "push_protobuf.h"

#include "support/otlp_document.h"
#include "support/result_assertions.h"
#include "support/unlimited_share.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>
#include <snappy.h>

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace skald::api {
namespace {

constexpr std::uint64_t kNoLimit = 100 * kMiB;

/// Builds a protobuf message.
class Message {
public:
    Message& number(std::uint32_t field, std::uint64_t value) {
        out().varint(field << 3);
        out().varint(value);
        return *this;
    }
    Message& bytes(std::uint32_t field, std::string_view value) {
        out().varint(field << 3 | 2);
        out().text(value);
        return *this;
    }
    Message& message(std::uint32_t field, const Message& value) {
        return bytes(field, value.bytes_);
    }
    Message& raw(std::string_view value) {
        bytes_ += value;
        return *this;
    }
    const std::string& text() const { return bytes_; }

private:
    ByteWriter out() { return ByteWriter(bytes_); }
    std::string bytes_;
};

Message time(std::int64_t seconds, std::int32_t nanos) {
    Message message;
    message.number(1, static_cast<std::uint64_t>(seconds));
    message.number(2, static_cast<std::uint64_t>(static_cast<std::int64_t>(nanos)));
    return message;
}
Message entry(std::int64_t seconds, std::int32_t nanos, std::string_view line) {
    return Message().message(1, time(seconds, nanos)).bytes(2, line);
}
Message pair(std::string_view name, std::string_view value) {
    return Message().bytes(1, name).bytes(2, value);
}
Message request_of(const Message& an_entry) {
    return Message().message(1, Message().bytes(1, "{a=\"b\"}").message(2, an_entry));
}

Buffer compressed(std::string_view bytes) {
    std::string out;
    snappy::Compress(bytes.data(), bytes.size(), &out);
    Buffer body(out.size());
    std::copy(out.begin(), out.end(), body.data());
    return body;
}
Result<write::PushBatch> decode(std::string_view bytes) {
    return decode_push_protobuf(compressed(bytes), kNoLimit, support::unlimited_share());
}
std::string error_of(std::string_view bytes) {
    const auto batch = decode(bytes);
    if (batch) return "accepted";
    EXPECT_EQ(batch.error().code, ErrorCode::kInvalidArgument);
    return batch.error().message;
}

TEST(PushProtobuf, ReadsStreamsEntriesAndMetadata) {
    Message first;
    first.bytes(1, "{app=\"x\"}").message(2, entry(10, 5, "one"));
    first.message(2, entry(11, 0, "two").message(3, pair("k", "v")).message(3, pair("l", "")));
    Message second;
    second.message(2, entry(-1, 999'999'999, "\xFF\x00three")).bytes(1, "{app=\"y\"}");
    const auto batch = decode(Message().message(1, first).message(1, second).text());

    ASSERT_OK(batch);
    ASSERT_EQ(batch->streams.size(), 2U);
    EXPECT_EQ(batch->streams[0].labels, "{app=\"x\"}");
    EXPECT_EQ(batch->streams[0].entries_end, 2U);
    EXPECT_EQ(batch->streams[1].labels, "{app=\"y\"}");
    EXPECT_EQ(batch->streams[1].entries_begin, 2U);
    EXPECT_EQ(batch->streams[1].entries_end, 3U);
    EXPECT_EQ(batch->entries[0].time, 10'000'000'005);
    EXPECT_EQ(batch->entries[0].line, "one");
    EXPECT_EQ(batch->entries[1].metadata_count, 2U);
    EXPECT_EQ(batch->entries[2].time, -1);
    EXPECT_EQ(batch->entries[2].line, "\xFF");
    const std::vector<LabelView> expected = {{"k", "v"}, {"l", ""}};
    EXPECT_EQ(batch->pairs, expected);
}

TEST(PushProtobuf, AcceptsAnEmptyRequest) {
    const auto batch = decode("");

    ASSERT_OK(batch);
    EXPECT_TRUE(batch->streams.empty());
}

TEST(PushProtobuf, SkipsUnknownFieldsOfAnyType) {
    Message unknown;
    unknown.number(9, 1'000'000).bytes(10, "xyz");
    unknown
        .raw(std::string("\x59"
                         "12345678",
                         9))
        .raw(
            "\x65"
            "1234");                          // Fixed 64 and 32.
    unknown.raw("\x6b\x73\x78\x05\x74\x6c");  // Groups, one in the other, with a number.
    const Message an_entry = entry(1, 2, "line").raw(unknown.text());
    Message stream;
    stream.raw(unknown.text()).bytes(1, "{a=\"b\"}").number(3, 77).message(2, an_entry);
    const auto batch =
        decode(Message().raw(unknown.text()).message(1, stream).bytes(2, "format").text());

    ASSERT_OK(batch);
    ASSERT_EQ(batch->entries.size(), 1U);
    EXPECT_EQ(batch->entries[0].line, "line");
    EXPECT_EQ(batch->entries[0].time, 1'000'000'002);
}

TEST(PushProtobuf, IgnoresParsedLabels) {
    const auto batch = decode(request_of(entry(1, 0, "x").message(4, pair("p", "q"))).text());

    ASSERT_OK(batch);
    EXPECT_TRUE(batch->pairs.empty());
}

TEST(PushProtobuf, GivesAnEntryWithoutTimestampTheEarliestTime) {
    const auto missing = decode(request_of(Message().bytes(2, "x")).text());
    const auto empty = decode(request_of(Message().bytes(1, "").bytes(2, "x")).text());

    ASSERT_OK(missing);
    EXPECT_EQ(missing->entries.at(0).time, kTimeMin);
    ASSERT_OK(empty);
    EXPECT_EQ(empty->entries.at(0).time, 0);
}

TEST(PushProtobuf, ClampsTimesThatNanosecondsCannotHold) {
    const auto late = decode(request_of(entry(9'300'000'000, 0, "x")).text());
    const auto early = decode(request_of(entry(-9'300'000'000, 0, "x")).text());
    const auto last = decode(request_of(entry(9'223'372'036, 854'775'807, "x")).text());

    ASSERT_OK(late);
    EXPECT_EQ(late->entries.at(0).time, kTimeMax);
    ASSERT_OK(early);
    EXPECT_EQ(early->entries.at(0).time, kTimeMin);
    ASSERT_OK(last);
    EXPECT_EQ(last->entries.at(0).time, kTimeMax);
}

TEST(PushProtobuf, RefusesTimestampsOutsideTheirRange) {
    EXPECT_EQ(error_of(request_of(entry(253'402'300'800, 0, "x")).text()),
              "timestamp: seconds:253402300800 nanos:0 after 10000-01-01");
    EXPECT_EQ(error_of(request_of(entry(-62'135'596'801, 0, "x")).text()),
              "timestamp: seconds:-62135596801 nanos:0 before 0001-01-01");
    EXPECT_EQ(error_of(request_of(entry(1, -1, "x")).text()),
              "timestamp: seconds:1 nanos:-1: nanos not in range [0, 1e9)");
    EXPECT_EQ(error_of(request_of(entry(1, 1'000'000'000, "x")).text()),
              "timestamp: seconds:1 nanos:1000000000: nanos not in range [0, 1e9)");
}

TEST(PushProtobuf, NamesWhatIsWrongWithTheWireFormat) {
    EXPECT_EQ(error_of("\xFF\xFF\xFF\xFF"), "unexpected EOF");
    EXPECT_EQ(error_of(std::string(11, '\xFF')), "proto: integer overflow");
    EXPECT_EQ(error_of("\x0A\x05"
                       "abc"),
              "unexpected EOF");
    EXPECT_EQ(error_of("\x08\x01"), "proto: wrong wireType = 0 for field Streams");
    EXPECT_EQ(error_of("\x0C"), "proto: PushRequest: wiretype end group for non-group");
    EXPECT_EQ(error_of(std::string("\x00", 1)), "proto: PushRequest: illegal tag 0 (wire type 0)");
    EXPECT_EQ(error_of("\x16"), "proto: illegal wireType 6");
    EXPECT_EQ(error_of("\x1B"), "unexpected EOF");
    EXPECT_EQ(error_of("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
              "proto: negative length found during unmarshaling");
    EXPECT_EQ(error_of(request_of(Message().number(2, 5)).text()),
              "proto: wrong wireType = 0 for field Line");
}

TEST(PushProtobuf, RefusesWhatIsNotSnappy) {
    for (const std::string_view body :
         {"", "{\"streams\":[]}", "\xFF\xFF\xFF\xFF\xFF\xFF", "\x0A"}) {
        Buffer buffer(body.size());
        std::copy(body.begin(), body.end(), buffer.data());
        const auto batch =
            decode_push_protobuf(std::move(buffer), kNoLimit, support::unlimited_share());
        ASSERT_FALSE(batch);
        EXPECT_EQ(batch.error().message, "snappy: corrupt input");
    }
}

TEST(PushProtobuf, RefusesSizesAboveTheLimitBeforeAllocating) {
    const std::string bytes = request_of(entry(1, 0, std::string(1000, 'x'))).text();

    const auto batch =
        decode_push_protobuf(compressed(bytes), bytes.size() - 1, support::unlimited_share());

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(batch.error().message, "decompressed message size too large than max (" +
                                         std::to_string(bytes.size()) + " vs " +
                                         std::to_string(bytes.size() - 1) +
                                         ") (distributor.max_decompressed_size)");
    EXPECT_OK(decode_push_protobuf(compressed(bytes), bytes.size(), support::unlimited_share()));
}

TEST(PushProtobuf, RefusesALengthThatSnappyCannotReach) {
    // Claims 4 GiB - 1; the limit would allow it.
    const std::string_view lie =
        "\xFF\xFF\xFF\xFF\x0F"
        "abcdefgh";
    Buffer buffer(lie.size());
    std::copy(lie.begin(), lie.end(), buffer.data());

    const auto batch =
        decode_push_protobuf(std::move(buffer), std::uint64_t{1} << 40, support::unlimited_share());

    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().message, "snappy: corrupt input");
}

TEST(PushProtobuf, ReadsWhatCompressesBest) {
    const std::string bytes = request_of(entry(1, 0, std::string(5 * kMiB, '\0'))).text();

    const auto batch = decode(bytes);

    ASSERT_OK(batch);
    EXPECT_EQ(batch->entries.at(0).line.size(), 5 * kMiB);
}

TEST(PushProtobuf, RefusesRequestsOfEmptyMessages) {
    std::string entries;
    for (int i = 0; i < 200'000; ++i) entries += std::string("\x12\x00", 2);

    EXPECT_EQ(error_of(Message().bytes(1, entries).text()), "proto: too many empty messages");
}

TEST(PushProtobuf, WhatSmallThingsBecomeIsCharged) {
    std::string entries;
    std::string streams;
    std::string pairs;
    for (int i = 0; i < 50'000; ++i) {
        entries += std::string("\x12\x07\x12\x05lines", 9);
        streams += std::string("\x0a\x04\x0a\x02{}", 6);
        pairs += std::string("\x1a\x03\x0a\x01n", 5);
    }
    const std::string pair_list = Message().bytes(1, Message().bytes(2, pairs).text()).text();
    for (const std::string& bytes : {Message().bytes(1, entries).text(), streams, pair_list}) {
        MemoryBudget budget(kMiB);
        BudgetShare share(budget);
        const auto batch = decode_push_protobuf(compressed(bytes), kNoLimit, share);
        ASSERT_FALSE(batch);
        EXPECT_EQ(batch.error().code, ErrorCode::kTooLarge) << batch.error().message;
        BudgetShare again(budget);
        EXPECT_FALSE(decode_push_message(support::buffer_of(bytes), again));
    }
}

TEST(PushProtobuf, SurvivesDamage) {
    Message an_entry = entry(1'793'491'201, 5, "a line of some length");
    an_entry.message(3, pair("trace_id", "abcdef"));
    const std::string good = request_of(an_entry).text();
    ASSERT_OK(decode(good));

    std::mt19937 random(11);
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string damaged =
            good.substr(0, random() % 4 == 0 ? random() % good.size() : good.size());
        for (int i = 0; i < 2 && !damaged.empty(); ++i)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        const auto batch = decode(damaged);
        refused += batch ? 0 : 1;
        if (!batch) continue;
        for (const auto& stream : batch->streams)
            ASSERT_LE(stream.entries_end, batch->entries.size());
        for (const EntryView& e : batch->entries)
            ASSERT_LE(e.metadata_begin + e.metadata_count, batch->pairs.size());
    }
    EXPECT_GT(refused, 1'000);
}

/// Numbers of all sizes, the edges more often.
std::int64_t some_number(std::mt19937_64& random) {
    constexpr std::int64_t kEdges[] = {
        0, 1, 127, 128, 999'999'999, 1'000'000'000, 9'223'372'035, 9'223'372'036, 253'402'300'799};
    if (random() % 3 == 0) return kEdges[random() % std::size(kEdges)];
    return static_cast<std::int64_t>(random() >> (1 + random() % 63));
}

// Entries that end a stream with few bytes before are read in the general way, and those with an
// unknown field are: both must find what the quick way finds.
TEST(PushProtobuf, ReadsUsualEntriesQuicklyAsAnyOthers) {
    std::mt19937_64 random(5);
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string line(random() % 4 == 0 ? random() % 40'000 : random() % 200, 'x');
        Message an_entry = Message().message(
            1, time(some_number(random), static_cast<std::int32_t>(some_number(random))));
        if (random() % 8 == 0) an_entry = Message().message(1, Message().number(1, 5));
        an_entry.bytes(2, line);
        Message slow = an_entry;
        slow.number(15, 1);
        const Message last = entry(1, 1, std::string(40, 'y'));
        const auto request = [&](const Message& first) {
            return Message().message(1, Message().message(2, first).message(2, last)).text();
        };
        const auto quick = decode(request(an_entry));
        const auto general = decode(request(slow));

        ASSERT_EQ(quick.has_value(), general.has_value());
        if (!quick) {
            ASSERT_EQ(quick.error().message, general.error().message);
            continue;
        }
        ++accepted;
        ASSERT_EQ(quick->entries.size(), 2U);
        ASSERT_EQ(quick->entries[0].time, general->entries[0].time);
        ASSERT_EQ(quick->entries[0].line, line);
        ASSERT_EQ(general->entries[0].line, line);
        ASSERT_EQ(quick->entries[1].line.size(), 40U);
    }
    EXPECT_GT(accepted, 5'000U);
    EXPECT_LT(accepted, 19'000U);
}

TEST(PushProtobuf, ReadsDamagedEntriesQuicklyAsAnyOthers) {
    std::mt19937_64 random(6);
    const std::string good =
        Message().message(2, entry(1'793'491'200, 123'456'789, "a line")).text();
    const std::string behind = Message().bytes(15, std::string(60, 'z')).text();
    std::size_t accepted = 0;
    for (int round = 0; round < 50'000; ++round) {
        std::string damaged = good;
        for (int damage = 0; damage <= round % 2; ++damage)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        const auto general = decode(Message().bytes(1, damaged).text());
        const auto quick = decode(Message().bytes(1, damaged + behind).text());

        // What ends too early here may end in what is behind it there.
        if (!general && general.error().message == "unexpected EOF") continue;
        ASSERT_EQ(quick.has_value(), general.has_value());
        if (!quick) {
            ASSERT_EQ(quick.error().message, general.error().message);
            continue;
        }
        ++accepted;
        ASSERT_EQ(quick->entries.size(), general->entries.size());
        for (std::size_t i = 0; i < quick->entries.size(); ++i) {
            ASSERT_EQ(quick->entries[i].time, general->entries[i].time);
            ASSERT_EQ(quick->entries[i].line, general->entries[i].line);
        }
    }
    EXPECT_GT(accepted, 10'000U);
}

}  // namespace
}  // namespace skald::api
