// SPDX-License-Identifier: Apache-2.0
//
// Goal: messages of gRPC become the pushes that HTTP's would become, and nothing takes more memory
// than it may. Method: messages written by hand, packed or not, into a distributor that remembers.
#include "compression.h"
#include "fakes.h"
#include "support/result_assertions.h"
#include "support/run_task.h"
#include "support/temporary_folder.h"

#include <skald/api/access.h>
#include <skald/api/push_intake.h>
#include <skald/foundation/base/bytes.h>

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace skald::api {
namespace {

using Form = PushIntake::Form;

std::string field(std::uint32_t number, std::string_view value) {
    std::string bytes;
    ByteWriter(bytes).varint(number << 3 | 2);
    ByteWriter(bytes).text(value);
    return bytes;
}

std::string push_request(std::string_view line) {
    const std::string time("\x08\x01", 2);  // One second.
    return field(1, field(1, R"({a="b"})") + field(2, field(1, time) + field(2, line)));
}

Buffer buffer_of(std::string_view bytes) {
    Buffer buffer(bytes.size());
    if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return buffer;
}

std::string zlib_packed(std::string_view bytes) {
    uLongf size = compressBound(bytes.size());
    std::string packed(size, '\0');
    compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    packed.resize(size);
    return packed;
}

class OneLimits final : public LimitsSource {
public:
    std::shared_ptr<const Limits> of(const TenantId&) const override { return limits_; }

private:
    std::shared_ptr<const Limits> limits_ = std::make_shared<const Limits>();
};

class PushIntakeTest : public ::testing::Test {
protected:
    Result<void> push(Form form, std::string_view message) {
        PushIntake intake(options, distributor, limits, clock, workers);
        return support::run_task(
            context, intake.push(form, TenantId::anonymous(), "finance", buffer_of(message)));
    }

    PushIntake::Options options{.auth_enabled = true,
                                .message_bytes_max = kMiB,
                                .memory = std::make_shared<MemoryBudget>(8 * kMiB)};
    FakeDistributor distributor;
    OneLimits limits;
    StillClock clock{1};
    boost::asio::io_context context;
    WorkerPool workers{{.threads = 1}};
};

TEST_F(PushIntakeTest, TakesAMessagePlainOrPacked) {
    const std::string message = push_request(std::string(1000, 'x'));
    const FakeDistributor::Entry expected{R"({a="b"})", 1'000'000'000, std::string(1000, 'x')};
    for (const std::string& body : {message, gzip(message), zlib_packed(message)}) {
        distributor.entries.clear();
        ASSERT_OK(push(Form::kPush, body));
        EXPECT_EQ(distributor.entries, std::vector{expected});
    }
}

TEST_F(PushIntakeTest, PassesOnThePolicyThatTheSenderNames) {
    ASSERT_OK(push(Form::kPush, push_request("x")));
    EXPECT_EQ(distributor.policies, std::vector<std::string>{"finance"});
}

TEST_F(PushIntakeTest, NamesTheLimitOfLines) {
    distributor.answer = Error{ErrorCode::kInvalidArgument, "max entry size '1' bytes exceeded"};
    const Result<void> result = push(Form::kPush, push_request("x"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message,
              "max entry size '1' bytes exceeded (limits_config.max_line_size)");
}

TEST_F(PushIntakeTest, TakesALargeMessageOnAWorker) {
    ASSERT_OK(push(Form::kPush, push_request(std::string(500'000, 'x'))));
    EXPECT_EQ(distributor.entries.at(0).line.size(), 500'000u);
}

TEST_F(PushIntakeTest, RefusesWhatIsTooLargePackedOrNot) {
    const std::string message = push_request(std::string(2 * kMiB, 'x'));
    for (const std::string& body : {message, gzip(message), zlib_packed(message)}) {
        const Result<void> result = push(Form::kPush, body);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
        EXPECT_EQ(result.error().message,
                  "received message larger than max (1048576 bytes) "
                  "(server.grpc_server_max_recv_msg_size)");
    }
}

TEST_F(PushIntakeTest, RefusesWhatAllTogetherMayNotTake) {
    options.memory = std::make_shared<MemoryBudget>(64 * kKiB);
    const Result<void> result = push(Form::kPush, push_request(std::string(100'000, 'x')));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
}

TEST_F(PushIntakeTest, WaitsForWhatRequestsOfHttpHold) {
    ASSERT_TRUE(options.memory->take(8 * kMiB - 1000));
    const std::string message = push_request(std::string(2000, 'x'));
    const Result<void> refused = push(Form::kPush, message);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);

    options.memory->give(8 * kMiB - 1000);
    EXPECT_OK(push(Form::kPush, message));
    EXPECT_EQ(options.memory->used(), 0U);
}

TEST_F(PushIntakeTest, RefusesDamage) {
    const std::string packed = gzip(push_request("line"));
    for (const std::string_view body :
         {std::string_view("\x0a\x7f"), std::string_view(packed).substr(0, packed.size() - 9),
          std::string_view("\x1f\x8b"), std::string_view("\x78\x9c\x01\x01\x01\x01\x01")}) {
        const Result<void> result = push(Form::kPush, body);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument) << result.error().message;
    }
}

TEST_F(PushIntakeTest, AnEmptyExportIsNoError) {
    EXPECT_OK(push(Form::kOtlpLogs, ""));
    EXPECT_TRUE(distributor.tenants.empty());
}

TEST_F(PushIntakeTest, TellsTheTenant) {
    PushIntake intake(options, distributor, limits, clock, workers);
    EXPECT_EQ(intake.tenant_of("a", std::nullopt)->text(), "a");
    EXPECT_EQ(intake.tenant_of("", std::nullopt).error().message, "no org id");
    EXPECT_EQ(intake.tenant_of("a|b", std::nullopt).error().message, "multiple org IDs present");
    options.auth_enabled = false;
    PushIntake open(options, distributor, limits, clock, workers);
    EXPECT_EQ(open.tenant_of("a", std::nullopt)->text(), "fake");
}

TEST_F(PushIntakeTest, AsksForATokenThatMayWriteForTheTenant) {
    const TemporaryFolder folder;
    const std::string file = folder / "tokens.yaml";
    std::ofstream(file) << "tokens:\n"
                           "- {name: w, token: writes-0123456789, tenants: [a], rights: [write]}\n"
                           "- {name: r, token: reads-01234567890, tenants: [a], rights: [read]}\n";
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    MetricsRegistry metrics;
    const auto access = Access::load(file, clock, metrics);
    ASSERT_OK(access);
    options.access = access->get();
    PushIntake intake(options, distributor, limits, clock, workers);
    const std::string writer = "Bearer writes-0123456789";
    EXPECT_EQ(intake.tenant_of("a", writer)->text(), "a");
    EXPECT_EQ(intake.tenant_of("", writer)->text(), "a");
    const auto refusal = [&](std::string_view tenant, std::optional<std::string_view> header) {
        const auto refused = intake.tenant_of(tenant, header);
        return refused ? ErrorCode::kInternal : refused.error().code;
    };
    EXPECT_EQ(refusal("b", writer), ErrorCode::kForbidden);
    EXPECT_EQ(refusal("a", "Bearer reads-01234567890"), ErrorCode::kForbidden);
    EXPECT_EQ(refusal("a", "Bearer nobody-knows-it"), ErrorCode::kUnauthenticated);
    EXPECT_EQ(refusal("a", std::nullopt), ErrorCode::kUnauthenticated);
}

}  // namespace
}  // namespace skald::api
