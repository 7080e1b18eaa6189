// SPDX-License-Identifier: Apache-2.0
#include "support/fake_s3.h"
#include "support/sim_clock.h"

#include <skald/storage/s3/s3_object_store.h>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace skald::storage {
namespace {

using namespace std::chrono_literals;
using support::FakeS3;

constexpr std::size_t kPart = 1000;

class S3ObjectStoreTest : public testing::Test {
protected:
    S3Options options() {
        S3Options options;
        options.endpoint = "http://" + s3_.address();
        options.region = "us-east-1";
        options.bucket = "logs";
        options.access_key_id = "id";
        options.secret_access_key = "secret";
        options.part_bytes = kPart;
        options.pause = [this](std::chrono::nanoseconds time) {
            pauses_.push_back(time);
            clock_.advance(time);
        };
        return options;
    }
    void open(S3Options options) {
        auto store =
            open_s3_object_store(std::move(options), posix_file_system(), clock_, metrics_);
        ASSERT_TRUE(store) << store.error().message;
        store_ = *std::move(store);
    }
    void SetUp() override { open(options()); }

    Result<void> put(const std::string& key, const std::string& bytes) {
        SKALD_TRY(const auto writer, store_->create(key));
        SKALD_CHECK(writer->append(bytes));
        return writer->commit();
    }
    static FakeS3::Fault fails(int status, const std::string& code) {
        return [=](const auto&) { return FakeS3::trouble(status, code); };
    }

    FakeS3 s3_;
    support::SimClock clock_;
    MetricsRegistry metrics_;
    std::vector<std::chrono::nanoseconds> pauses_;
    std::unique_ptr<RemoteObjectStore> store_;
};

std::string bytes_of(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i * 7 % 26);
    return bytes;
}

TEST_F(S3ObjectStoreTest, GivesBackRangesOfWhatWasWritten) {
    ASSERT_TRUE(put("segments/a=b.seg", "hello world"));
    EXPECT_EQ(s3_.objects.begin()->first, "/logs/segments/a%3Db.seg");
    const auto read = store_->read("segments/a=b.seg", 6, 5);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->view(), "world");
    EXPECT_EQ(*store_->size("segments/a=b.seg"), 11U);
    EXPECT_EQ(store_->read("segments/a=b.seg", 3, 0)->size(), 0U);
}

TEST_F(S3ObjectStoreTest, SaysWhatIsNotThereAndWhatIsTooShort) {
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(store_->size("a").error().code, ErrorCode::kNotFound);
    ASSERT_TRUE(put("a", "0123456789"));
    EXPECT_EQ(store_->read("a", 8, 3).error().code, ErrorCode::kCorruption);
    EXPECT_EQ(store_->read("a", 10, 1).error().code, ErrorCode::kCorruption);
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(S3ObjectStoreTest, SendsALargeObjectInPartsAndASmallOneInOne) {
    for (const std::size_t size : {std::size_t{0}, kPart - 1, kPart, kPart + 1, 5 * kPart}) {
        const std::string bytes = bytes_of(size);
        const std::size_t posts = s3_.count("POST");
        auto writer = store_->create("a");
        ASSERT_TRUE(writer);
        for (std::size_t at = 0; at < size; at += 333)
            ASSERT_TRUE((*writer)->append(std::string_view(bytes).substr(at, 333)));
        ASSERT_TRUE((*writer)->commit());
        EXPECT_EQ(s3_.objects["/logs/a"], bytes);
        EXPECT_EQ(s3_.count("POST") - posts, size > kPart ? 2U : 0U);
        EXPECT_FALSE((*writer)->commit());
    }
}

TEST_F(S3ObjectStoreTest, AbortsTheUploadOfAWriterThatIsDropped) {
    {
        auto writer = store_->create("a");
        ASSERT_TRUE((*writer)->append(bytes_of(3 * kPart)));
        EXPECT_EQ(s3_.uploads.size(), 1U);
    }
    EXPECT_TRUE(s3_.uploads.empty());
    EXPECT_TRUE(s3_.objects.empty());
}

TEST_F(S3ObjectStoreTest, ListsAllPagesInOrder) {
    s3_.page_size = 3;
    for (int i = 0; i < 10; ++i) s3_.objects["/logs/segments/" + std::to_string(i)] = "x";
    s3_.objects["/logs/other"] = "x";
    s3_.objects["/logs/segments/folder/"] = "";
    const auto listed = store_->list("segments/");
    ASSERT_TRUE(listed) << listed.error().message;
    ASSERT_EQ(listed->size(), 10U);
    EXPECT_EQ((*listed)[9].key, "segments/9");
    EXPECT_EQ(s3_.count("GET"), 4U);
}

TEST_F(S3ObjectStoreTest, PutsItsPrefixBeforeEveryKeyAndTakesItAway) {
    S3Options with_prefix = options();
    with_prefix.prefix = "team/";
    open(with_prefix);
    ASSERT_TRUE(put("a", "x"));
    EXPECT_TRUE(s3_.objects.contains("/logs/team/a"));
    EXPECT_EQ(store_->list("")->front().key, "a");
    ASSERT_TRUE(store_->remove("a"));
    EXPECT_TRUE(s3_.objects.empty());
}

TEST_F(S3ObjectStoreTest, TriesAgainWhatMayPass) {
    ASSERT_TRUE(put("a", "hello"));
    const auto is = [](FakeS3::Answer answer) { return [answer](const auto&) { return answer; }; };
    s3_.faults = {fails(500, "InternalError"), fails(503, "SlowDown"), is({.reset = true}),
                  is({.status = 206,
                      .headers = {{"content-range", "bytes 0-4/5"}},
                      .body = "hello",
                      .cut_after = 2})};
    const auto read = store_->read("a", 0, 5);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->view(), "hello");
    EXPECT_EQ(s3_.count("GET"), 5U);
    // A kept connection that is reset before any answer is replaced at once.
    ASSERT_EQ(pauses_.size(), 3U);
    EXPECT_GE(pauses_[2], 200ms);
    EXPECT_LE(pauses_[2], 400ms);
}

TEST_F(S3ObjectStoreTest, EndsAfterItsRetriesAndSaysHowOftenItTried) {
    s3_.always(fails(503, "SlowDown"));
    const auto read = store_->read("a", 0, 5);
    EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(read.error().message,
              "S3 says SlowDown for GetObject logs/a: SlowDown it is (it asks for fewer requests)");
    EXPECT_EQ(s3_.requests().size(), 6U);
}

TEST_F(S3ObjectStoreTest, DoesNotTryAgainWhatWillNotPass) {
    s3_.always(fails(403, "AccessDenied"));
    const Result<void> written = put("a", "hello");
    EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(written.error().message,
              "S3 says AccessDenied for PutObject logs/a: AccessDenied it is (check the "
              "credentials, and that they have the right s3:PutObject on this bucket)");
    EXPECT_EQ(s3_.requests().size(), 1U);
}

TEST_F(S3ObjectStoreTest, NamesTheCauseOfAnAnswerWithoutABody) {
    s3_.always([](const auto&) { return FakeS3::Answer{.status = 403}; });
    EXPECT_EQ(store_->size("a").error().message,
              "S3 says Forbidden for HeadObject logs/a (check the credentials, and that they have "
              "the right s3:GetObject on this bucket)");
}

TEST_F(S3ObjectStoreTest, AnUnreachableServiceIsNamed) {
    S3Options nobody = options();
    nobody.endpoint = "http://127.0.0.1:1";
    nobody.retries = 1;
    open(nobody);
    const auto read = store_->read("a", 0, 1);
    EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(read.error().message.find("S3 can't be reached for GetObject logs/a at "
                                        "http://127.0.0.1:1: "),
              0U)
        << read.error().message;
    EXPECT_NE(read.error().message.find("(attempts: 2)"), std::string::npos);
}

TEST_F(S3ObjectStoreTest, AServiceThatSaysNothingIsLeft) {
    S3Options hasty = options();
    hasty.timeout = 50ms;
    hasty.retries = 0;
    open(hasty);
    s3_.always([](const auto&) { return FakeS3::Answer{.hang = true}; });
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kUnavailable);
}

TEST_F(S3ObjectStoreTest, AnAnswerForAnotherRangeIsAnError) {
    ASSERT_TRUE(put("a", "0123456789"));
    const auto answers = [&](int status, const std::string& range, const std::string& body) {
        s3_.always([=](const auto&) {
            return FakeS3::Answer{
                .status = status, .headers = {{"content-range", range}}, .body = body};
        });
        return store_->read("a", 2, 3);
    };
    EXPECT_TRUE(answers(206, "bytes 2-4/10", "234"));
    EXPECT_FALSE(answers(206, "bytes 3-5/10", "345"));
    EXPECT_FALSE(answers(206, "", "234"));
    EXPECT_FALSE(answers(206, "bytes 2-4/10", "23"));
    EXPECT_FALSE(answers(200, "", "0123456789"));
    EXPECT_FALSE(answers(200, "", "012"));
    EXPECT_EQ(answers(206, "bytes 2-3/4", "23").error().code, ErrorCode::kCorruption);
}

TEST_F(S3ObjectStoreTest, ACompletionThatFailsBehindItsStatusIsTriedAgain) {
    auto writer = store_->create("a");
    ASSERT_TRUE((*writer)->append(bytes_of(2 * kPart)));
    s3_.faults = {[](const auto&) { return std::nullopt; }, fails(200, "InternalError")};
    ASSERT_TRUE((*writer)->commit());
    EXPECT_EQ(s3_.objects["/logs/a"].size(), 2 * kPart);
    EXPECT_EQ(pauses_.size(), 1U);
}

TEST_F(S3ObjectStoreTest, ACompletionWhoseAnswerWasLostIsFoundOut) {
    auto writer = store_->create("a");
    ASSERT_TRUE((*writer)->append(bytes_of(2 * kPart)));
    s3_.faults = {[](const auto&) { return std::nullopt; },
                  [&](const auto&) {
                      s3_.objects["/logs/a"] = bytes_of(2 * kPart);
                      s3_.uploads.clear();
                      return FakeS3::Answer{.reset = true};
                  }};
    ASSERT_TRUE((*writer)->commit());
}

TEST_F(S3ObjectStoreTest, AKeyWhoseWriteGotNoAnswerIsNotGoneBeforeTheGrace) {
    s3_.always([](const auto&) { return FakeS3::Answer{.reset = true}; });
    ASSERT_FALSE(put("a", "hello"));
    s3_.always(nullptr);
    EXPECT_EQ(store_->remove("a").error().code, ErrorCode::kUnavailable);
    s3_.objects["/logs/a"] = "the late write";
    clock_.advance(61s);
    EXPECT_TRUE(store_->remove("a"));
    EXPECT_TRUE(s3_.objects.empty());
    EXPECT_TRUE(store_->remove("a"));
}

TEST_F(S3ObjectStoreTest, RemovingWhatIsNotThereIsNoError) {
    s3_.always(fails(404, "NoSuchKey"));
    EXPECT_TRUE(store_->remove("a"));
}

TEST_F(S3ObjectStoreTest, AMissingBucketIsNotAMissingObject) {
    s3_.always(fails(404, "NoSuchBucket"));
    const Result<void> checked = store_->check();
    EXPECT_EQ(checked.error().message,
              "S3 says NoSuchBucket for ListObjectsV2 logs: NoSuchBucket it is (create the bucket "
              "or correct bucketnames)");
    EXPECT_EQ(store_->read("a", 0, 1).error().code, ErrorCode::kUnavailable);
}

TEST_F(S3ObjectStoreTest, KeepsItsConnections) {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(put("a", "hello"));
    EXPECT_EQ(s3_.connections(), 1U);
}

TEST_F(S3ObjectStoreTest, UsesTheTimeOfTheServiceIfTheClocksDiffer) {
    clock_.advance(24h);
    s3_.faults = {[](const auto&) {
        FakeS3::Answer answer = FakeS3::trouble(403, "RequestTimeTooSkewed");
        answer.headers.emplace_back("date", "Fri, 24 May 2013 00:00:30 GMT");
        return answer;
    }};
    ASSERT_TRUE(put("a", "hello"));
    const std::string date = s3_.requests().back().headers.at("x-amz-date");
    EXPECT_EQ(date.substr(0, 13), "20130524T0000") << date;
}

TEST_F(S3ObjectStoreTest, InAHurryNothingIsTriedAgain) {
    store_->hurry();
    s3_.always(fails(503, "SlowDown"));
    EXPECT_FALSE(store_->read("a", 0, 5));
    EXPECT_EQ(s3_.requests().size(), 1U);
}

TEST_F(S3ObjectStoreTest, AbortsUploadsThatAreADayOld) {
    s3_.always([](const FakeS3::Request& request) -> std::optional<FakeS3::Answer> {
        if (!request.has_query("uploads=")) return std::nullopt;
        return FakeS3::Answer{
            .body =
                "<ListMultipartUploadsResult>"
                "<Upload><Key>segments/old</Key><UploadId>u1</UploadId><Initiated>"
                "1971-01-01T00:00:00.000Z</Initiated></Upload>"
                "<Upload><Key>segments/new</Key><UploadId>u2</UploadId><Initiated>"
                "2100-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>"};
    });
    ASSERT_TRUE(store_->check());
    std::vector<std::string> deleted;
    for (const auto& request : s3_.requests())
        if (request.method == "DELETE") deleted.push_back(request.target);
    EXPECT_EQ(deleted, std::vector<std::string>{"/logs/segments/old?uploadId=u1"});
}

TEST_F(S3ObjectStoreTest, WritesWithTheEncryptionAndTheClassThatAreAskedFor) {
    S3Options encrypted = options();
    encrypted.sse_type = "SSE-KMS";
    encrypted.sse_kms_key_id = "key";
    encrypted.sse_kms_encryption_context = "{\"a\":\"b\"}";
    encrypted.storage_class = "STANDARD_IA";
    open(encrypted);
    ASSERT_TRUE(put("a", "hello"));
    const auto headers = s3_.requests().back().headers;
    EXPECT_EQ(headers.at("x-amz-server-side-encryption"), "aws:kms");
    EXPECT_EQ(headers.at("x-amz-server-side-encryption-aws-kms-key-id"), "key");
    EXPECT_EQ(headers.at("x-amz-server-side-encryption-context"), "eyJhIjoiYiJ9");
    EXPECT_EQ(headers.at("x-amz-storage-class"), "STANDARD_IA");
    const std::string authorization = headers.at("authorization");
    EXPECT_NE(authorization.find("x-amz-storage-class"), std::string::npos);
}

}  // namespace
}  // namespace skald::storage
