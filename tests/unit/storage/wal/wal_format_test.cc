// SPDX-License-Identifier: Apache-2.0
#include "wal_format.h"

#include "support/result_assertions.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>

#include <random>
#include <string>

namespace skald::storage::wal_format {
namespace {

constexpr FileIdentity kIdentity{0x1122334455667788, 0x99AABBCCDDEEFF00};

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const auto byte = static_cast<std::uint8_t>(c);
        text.push_back(kDigits[byte >> 4]);
        text.push_back(kDigits[byte & 15]);
    }
    return text;
}

std::string sealed_frame(std::string_view payload, std::uint64_t offset) {
    std::string frame = make_frame(payload);
    seal_frame(frame, kIdentity, offset);
    return frame;
}

TEST(WalFormat, FileHeaderHasItsGoldenBytes) {
    EXPECT_EQ(to_hex(encode_file_header(kIdentity)),
              "534b414c4457414c"
              "0100000000000000"
              "8877665544332211"
              "00ffeeddccbbaa99"
              "1bb457b0b619f7a3");
}

TEST(WalFormat, FrameHasItsGoldenBytes) {
    EXPECT_EQ(to_hex(sealed_frame("hello", 40)),
              "f7534b52"
              "00000000"
              "05000000"
              "05000000"
              "fddc625c55e85595"
              "00ffeeddccbbaa99"
              "1f608f8e7597d9f8"
              "68656c6c6f");
}

TEST(WalFormat, PlainFrameOfTwoPartsIsThatOfTheWhole) {
    EXPECT_EQ(begin_plain_frame("hel", "lo") + "lo", make_frame("hello"));
    const std::string text(1000, 'a');
    std::string frame = begin_plain_frame(text.substr(0, 300), text.substr(300));
    frame += text.substr(300);
    seal_frame(frame, kIdentity, 40);
    const auto header = decode_frame_header(frame, kIdentity.generation, 40);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->codec, Codec::kNone);
    Buffer room;
    EXPECT_EQ(unpack_payload(*header, std::string_view(frame).substr(kFrameHeaderBytes), room),
              text);
}

TEST(WalFormat, ReadsAGoldenCompressedFrame) {
    // 300 times 'a' as an LZ4 block, by hand: literal "a", match of 294 at distance 1, 5 literals.
    std::string stored =
        "\x1F"
        "a"
        "\x01";
    stored += std::string("\x00\xFF\x14", 3);
    stored +=
        "\x50"
        "aaaaa";
    std::string frame;
    ByteWriter out(frame);
    out.raw(kFrameMagic);
    out.u32(1);
    out.u32(static_cast<std::uint32_t>(stored.size()));
    out.u32(300);
    out.u64(hash64(stored));
    out.u64(0);
    out.u64(0);
    out.raw(stored);
    seal_frame(frame, kIdentity, 40);

    const auto header = decode_frame_header(frame, kIdentity.generation, 40);
    ASSERT_TRUE(header);
    Buffer room;
    const auto payload = unpack_payload(*header, stored, room);
    ASSERT_TRUE(payload);
    EXPECT_EQ(*payload, std::string(300, 'a'));
}

TEST(WalFormat, ReadsItsOwnFileHeaderAndRefusesADamagedOrFutureOne) {
    const std::string bytes = encode_file_header(kIdentity);
    const auto identity = decode_file_header(bytes);
    ASSERT_OK(identity);
    EXPECT_EQ(identity->generation, kIdentity.generation);
    EXPECT_EQ(identity->salt, kIdentity.salt);

    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
        std::string damaged = bytes;
        damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(decode_file_header(damaged)) << i;
    }
    EXPECT_FALSE(decode_file_header(bytes.substr(0, 39)));

    std::string future = bytes.substr(0, 32);
    future[8] = 2;
    ByteWriter(future).u64(hash64(future));
    const auto refused = decode_file_header(future);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kNotSupported);
}

TEST(WalFormat, UnpacksWhatItPacked) {
    std::mt19937_64 random(7);
    Buffer room;
    for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 1000U, 10'000U, 1'000'000U}) {
        for (const unsigned alphabet : {1U, 4U, 256U}) {
            std::string payload(size, '\0');
            for (char& c : payload) c = static_cast<char>(random() % alphabet);

            const std::string frame = sealed_frame(payload, 123);

            const auto header = decode_frame_header(frame, kIdentity.generation, 123);
            ASSERT_TRUE(header) << size;
            ASSERT_EQ(frame.size(), kFrameHeaderBytes + header->stored_bytes);
            EXPECT_LE(header->stored_bytes, size);
            if (size < kCompressFrom) EXPECT_EQ(header->codec, Codec::kNone);
            if (size >= 1000 && alphabet == 4) EXPECT_EQ(header->codec, Codec::kLz4);
            const auto unpacked =
                unpack_payload(*header, std::string_view(frame).substr(kFrameHeaderBytes), room);
            ASSERT_TRUE(unpacked);
            EXPECT_EQ(*unpacked, payload);
        }
    }
}

TEST(WalFormat, BindsAFrameToItsFileAndPlace) {
    const std::string frame = sealed_frame("hello", 40);
    EXPECT_TRUE(decode_frame_header(frame, kIdentity.generation, 40));
    EXPECT_FALSE(decode_frame_header(frame, kIdentity.generation, 41));
    EXPECT_FALSE(decode_frame_header(frame, kIdentity.generation + 1, 40));
}

TEST(WalFormat, SeesEveryFlippedBitOfAHeader) {
    const std::string frame = sealed_frame("hello", 40);
    for (std::size_t i = 0; i < kFrameHeaderBytes * 8; ++i) {
        std::string damaged = frame;
        damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(decode_frame_header(damaged, kIdentity.generation, 40)) << i;
    }
}

TEST(WalFormat, RefusesSizesThatNoCompressionExplainsBeforeAnythingIsAllocated) {
    struct Case {
        const char* name;
        std::uint32_t codec, stored, raw;
        bool good;
    };
    const Case cases[] = {
        {"plain", 0, 10, 10, true},
        {"plain that grows", 0, 10, 11, false},
        {"lz4", 1, 10, 2550, true},
        {"lz4 beyond its ratio", 1, 10, 2551, false},
        {"lz4 no smaller", 1, 10, 10, false},
        {"unknown codec", 2, 10, 10, false},
        {"reserved bits", 0x100, 10, 10, false},
        {"a gibibyte", 1, 1U << 29, 1U << 30, true},
        {"more than a gibibyte", 1, 1U << 29, (1U << 30) + 1, false},
    };
    for (const Case& c : cases) {
        std::string frame;
        ByteWriter out(frame);
        out.raw(kFrameMagic);
        out.u32(c.codec);
        out.u32(c.stored);
        out.u32(c.raw);
        for (int i = 0; i < 3; ++i) out.u64(0);
        seal_frame(frame, kIdentity, 0);
        EXPECT_EQ(decode_frame_header(frame, kIdentity.generation, 0).has_value(), c.good)
            << c.name;
    }
}

}  // namespace
}  // namespace skald::storage::wal_format
