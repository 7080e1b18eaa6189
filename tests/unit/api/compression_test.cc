// SPDX-License-Identifier: Apache-2.0
#include "compression.h"

#include "support/result_assertions.h"

#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <random>
#include <string>

namespace skald::api {
namespace {

std::string raw_deflate(std::string_view text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(std::string_view text, int window_log = 0) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
    ZSTD_freeCCtx(context);
    return out;
}

std::string lz4(std::string_view text) {
    std::string out(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
    out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
    return out;
}

std::string lines(std::size_t count) {
    std::mt19937 random(1);
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += "level=info id=" + std::to_string(random()) + " msg=\"done\"\n";
    return text;
}

std::string unpacked(std::string_view packed, BodyEncoding encoding, std::uint64_t max = kMiB) {
    BudgetShare share;
    const auto out = unpack_body(packed, encoding, max, share);
    return out ? std::string(out->view()) : "error: " + out.error().message;
}

TEST(Compression, ReturnsWhatWasPacked) {
    for (const std::size_t count : {0U, 1U, 100U, 10'000U}) {
        const std::string text = lines(count);
        EXPECT_EQ(unpacked(gzip(text), BodyEncoding::kGzip), text);
        EXPECT_EQ(unpacked(raw_deflate(text), BodyEncoding::kDeflate), text);
        EXPECT_EQ(unpacked(zstd(text), BodyEncoding::kZstd), text);
        EXPECT_EQ(unpacked(lz4(text), BodyEncoding::kLz4), text);
    }
}

TEST(Compression, JoinsGzipMembers) {
    EXPECT_EQ(unpacked(gzip("one ") + gzip("two"), BodyEncoding::kGzip), "one two");
}

TEST(Compression, JoinsFrames) {
    EXPECT_EQ(unpacked(zstd("one ") + zstd("two"), BodyEncoding::kZstd), "one two");
    EXPECT_EQ(unpacked(lz4("one ") + lz4("two"), BodyEncoding::kLz4), "one two");
}

TEST(Compression, RefusesDamagedFrames) {
    const std::string text = lines(1000);
    for (const auto& [packed, encoding] :
         {std::pair(zstd(text), BodyEncoding::kZstd), std::pair(lz4(text), BodyEncoding::kLz4)}) {
        for (std::size_t size = 0; size < packed.size(); size += 97)
            EXPECT_EQ(unpacked(packed.substr(0, size), encoding), "error: unexpected EOF") << size;
        EXPECT_EQ(unpacked(packed + "tail and more", encoding).substr(0, 7), "error: ");
        EXPECT_EQ(unpacked("hello world", encoding).substr(0, 7), "error: ");
        EXPECT_EQ(unpacked(packed, encoding, text.size()), text);
        EXPECT_EQ(unpacked(packed, encoding, text.size() - 1),
                  "error: decompressed message size too large than max (" +
                      std::to_string(text.size()) + " vs " + std::to_string(text.size() - 1) +
                      ") (distributor.max_decompressed_size)");
    }
}

TEST(Compression, RefusesWindowsThatTakeTooMuchMemory) {
    const std::string text = lines(400'000);
    ASSERT_GT(text.size(), 9 * kMiB);

    EXPECT_EQ(unpacked(zstd(text, 23), BodyEncoding::kZstd, 64 * kMiB), text);
    EXPECT_EQ(unpacked(zstd(text, 24), BodyEncoding::kZstd, 64 * kMiB),
              "error: zstd: Frame requires too much memory for decoding");
}

TEST(Compression, NamesDamageInGoWords) {
    const std::string text = lines(1000);
    const std::string packed = gzip(text);
    std::string bad_sum = packed;
    bad_sum[bad_sum.size() - 8] = static_cast<char>(bad_sum[bad_sum.size() - 8] ^ 1);

    EXPECT_EQ(unpacked("hello", BodyEncoding::kGzip), "error: gzip: invalid header");
    EXPECT_EQ(unpacked("", BodyEncoding::kGzip), "error: unexpected EOF");
    EXPECT_EQ(unpacked(packed.substr(0, packed.size() / 2), BodyEncoding::kGzip),
              "error: unexpected EOF");
    EXPECT_EQ(unpacked(packed + "tail", BodyEncoding::kGzip), "error: gzip: invalid header");
    EXPECT_EQ(unpacked(bad_sum, BodyEncoding::kGzip), "error: gzip: invalid checksum");
    EXPECT_EQ(unpacked("\xff\xff\xff", BodyEncoding::kDeflate).substr(0, 29),
              "error: flate: corrupt input b");
}

TEST(Compression, StopsAtTheLimit) {
    const std::string text(10'000, 'x');
    EXPECT_EQ(unpacked(gzip(text), BodyEncoding::kGzip, 10'000), text);
    EXPECT_EQ(unpacked(gzip(text), BodyEncoding::kGzip, 9'999),
              "error: decompressed message size too large than max (10000 vs 9999) "
              "(distributor.max_decompressed_size)");
    const std::string bomb = gzip(std::string(64 * kMiB, '\0'));
    EXPECT_EQ(unpacked(bomb, BodyEncoding::kGzip, kMiB),
              "error: decompressed message size too large than max (1048577 vs 1048576) "
              "(distributor.max_decompressed_size)");
}

TEST(Compression, ChargesTheBudgetForWhatItMakes) {
    MemoryBudget budget(kMiB);
    {
        BudgetShare share(budget);
        ASSERT_OK(unpack_body(gzip(std::string(100'000, 'x')), BodyEncoding::kGzip, kMiB, share));
        EXPECT_EQ(budget.used(), 100'000U);
    }
    EXPECT_EQ(budget.used(), 0U);

    BudgetShare other(budget);
    ASSERT_EQ(other.grow(kMiB / 2), BudgetShare::Outcome::kGranted);
    BudgetShare share(budget);
    const auto busy =
        unpack_body(gzip(std::string(kMiB - 1, 'x')), BodyEncoding::kGzip, kMiB, share);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code, ErrorCode::kUnavailable);
    const auto never =
        unpack_body(gzip(std::string(4 * kMiB, 'x')), BodyEncoding::kGzip, 8 * kMiB, share);
    ASSERT_FALSE(never);
}

TEST(Compression, KnowsTheEncodingsOfPushes) {
    EXPECT_EQ(*parse_content_encoding(""), BodyEncoding::kIdentity);
    EXPECT_EQ(*parse_content_encoding("snappy"), BodyEncoding::kIdentity);
    EXPECT_EQ(*parse_content_encoding("gzip"), BodyEncoding::kGzip);
    EXPECT_EQ(*parse_content_encoding("deflate"), BodyEncoding::kDeflate);
    EXPECT_EQ(parse_content_encoding("zstd").error().message,
              "Content-Encoding \"zstd\" not supported");
}

TEST(Compression, WeighsAcceptEncoding) {
    for (const char* yes : {"gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8", "GZIP", "*",
                            "x-gzip", "identity;q=0.5, gzip", "*;q=0.1", "gzip;q=0.001"}) {
        EXPECT_TRUE(accepts_gzip(yes)) << yes;
    }
    for (const char* no : {"", "br, zstd", "identity", "gzip;q=0", "gzip;q=0.000, *",
                           "gzip;q=0.3, identity", "gzip;q=x", "*;q=0"}) {
        EXPECT_FALSE(accepts_gzip(no)) << no;
    }
}

TEST(BudgetShare, GrantsNoMoreThanThereIs) {
    MemoryBudget budget(100);
    BudgetShare a(budget);
    BudgetShare b(budget);
    EXPECT_EQ(a.grow(60), BudgetShare::Outcome::kGranted);
    EXPECT_EQ(b.grow(41), BudgetShare::Outcome::kBusy);
    EXPECT_EQ(b.grow(40), BudgetShare::Outcome::kGranted);
    EXPECT_EQ(b.grow(61), BudgetShare::Outcome::kNever);
    EXPECT_EQ(budget.used(), 100U);

    BudgetShare moved = std::move(a);
    moved.shrink(10);
    EXPECT_EQ(budget.used(), 90U);
    moved = BudgetShare();
    EXPECT_EQ(budget.used(), 40U);
}

}  // namespace
}  // namespace skald::api
