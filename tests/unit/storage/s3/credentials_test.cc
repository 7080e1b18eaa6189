// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include "support/fake_http_server.h"
#include "support/sim_clock.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace skald::storage {
namespace {

using namespace std::chrono_literals;
using support::FakeHttpServer;

constexpr std::string_view kKeys =
    R"({"AccessKeyId":"id","SecretAccessKey":"secret","Token":"token","Expiration":")";

class CredentialSourceTest : public testing::Test {
protected:
    CredentialSourceTest()
        : server_([this](const auto& request) { return answer(request); }),
          http_(HttpClient::create(
              {.connect_timeout = 1s, .timeout = 2s, .ca_file = "", .use_proxy = false})) {
        options_.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment_.find(std::string(name));
            if (found == environment_.end()) return std::nullopt;
            return found->second;
        };
    }

    FakeHttpServer::Answer answer(const FakeHttpServer::Request& request) const {
        const auto found = answers_.find(request.method + " " + request.path());
        if (found == answers_.end()) return {.status = 404};
        return {.body = found->second};
    }

    std::map<std::string, std::string> answers_;
    std::map<std::string, std::string> environment_;
    FakeHttpServer server_;
    std::unique_ptr<HttpClient> http_;
    support::SimClock clock_;
    S3Options options_;
};

TEST_F(CredentialSourceTest, TheConfigurationComesFirst) {
    options_.access_key_id = "a";
    options_.secret_access_key = "b";
    options_.session_token = "c";
    environment_ = {{"AWS_ACCESS_KEY_ID", "x"}, {"AWS_SECRET_ACCESS_KEY", "y"}};
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    EXPECT_EQ(keys.get()->access_key_id, "a");
    EXPECT_EQ(keys.get()->session_token, "c");
}

TEST_F(CredentialSourceTest, ThenTheEnvironment) {
    environment_ = {
        {"AWS_ACCESS_KEY_ID", "x"}, {"AWS_SECRET_ACCESS_KEY", "y"}, {"AWS_SESSION_TOKEN", "z"}};
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    EXPECT_EQ(keys.get()->secret_access_key, "y");
    EXPECT_EQ(keys.get()->session_token, "z");
}

TEST_F(CredentialSourceTest, AContainerIsAskedWithItsToken) {
    environment_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + server_.address() + "/keys"},
                    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "pass"}};
    answers_["GET /keys"] = std::string(kKeys) + "2026-11-01T06:00:00Z\"}";
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    const auto got = keys.get();
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->session_token, "token");
    EXPECT_EQ(server_.requests().front().headers.at("authorization"), "pass");
}

TEST_F(CredentialSourceTest, AnInstanceIsAskedWithATokenAndAgainBeforeTheyExpire) {
    environment_ = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://" + server_.address() + "/"}};
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    answers_ = {{"PUT /latest/api/token", "t0ken"},
                {"GET " + roles, "logs\n"},
                {"GET " + roles + "logs", std::string(kKeys) + "2026-11-01T06:00:00Z\"}"}};
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    const auto got = keys.get();
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->access_key_id, "id");
    EXPECT_EQ(server_.requests().back().headers.at("x-aws-ec2-metadata-token"), "t0ken");
    EXPECT_EQ(server_.requests().size(), 3U);

    clock_.advance(5h + 55min);
    EXPECT_TRUE(keys.get());
    EXPECT_EQ(server_.requests().size(), 3U);
    clock_.advance(2min);
    answers_["GET " + roles + "logs"] =
        R"({"AccessKeyId":"id2","SecretAccessKey":"s","Expiration":"2026-11-01T12:00:00Z"})";
    EXPECT_EQ(keys.get()->access_key_id, "id2");
    EXPECT_EQ(server_.requests().size(), 6U);

    keys.expire();
    EXPECT_TRUE(keys.get());
    EXPECT_EQ(server_.requests().size(), 9U);
}

TEST_F(CredentialSourceTest, OldOnesServeAsLongAsTheyLastIfThereAreNoNewOnes) {
    environment_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + server_.address() + "/"}};
    answers_["GET /"] = std::string(kKeys) + "2026-11-01T00:10:00Z\"}";
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    ASSERT_TRUE(keys.get());
    answers_.clear();
    clock_.advance(8min);
    EXPECT_TRUE(keys.get());
    clock_.advance(3min);
    EXPECT_FALSE(keys.get());
}

TEST_F(CredentialSourceTest, AWebIdentityIsChangedIntoARole) {
    const TemporaryFolder folder;
    const std::string token = folder.path() + "/token";
    ASSERT_TRUE((*posix_file_system().create(token))->append("jw+t\n"));
    environment_ = {{"AWS_ROLE_ARN", "arn:aws:iam::1:role/logs"},
                    {"AWS_WEB_IDENTITY_TOKEN_FILE", token},
                    {"AWS_ENDPOINT_URL_STS", "http://" + server_.address()}};
    answers_["GET /"] =
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        "<AccessKeyId>id</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
        "</SessionToken><Expiration>2026-11-01T01:00:00Z</Expiration></Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    const auto got = keys.get();
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->session_token, "t");
    EXPECT_TRUE(server_.requests().front().has_query("WebIdentityToken=jw%2Bt"));
}

TEST_F(CredentialSourceTest, WithoutAnyItIsSaidWhatToSet) {
    environment_ = {{"AWS_EC2_METADATA_DISABLED", "true"}};
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    const auto got = keys.get();
    EXPECT_EQ(got.error().code, ErrorCode::kUnauthenticated);
    EXPECT_NE(got.error().message.find("AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(CredentialSourceTest, WhatIsNoAnswerIsAnError) {
    environment_ = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + server_.address() + "/"}};
    CredentialSource keys(options_, *http_, posix_file_system(), clock_);
    for (const char* body : {"", "[]", "{}", "{\"AccessKeyId\":\"a\"}",
                             "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\","
                             "\"Expiration\":\"soon\"}"}) {
        answers_["GET /"] = body;
        EXPECT_FALSE(keys.get()) << body;
    }
}

}  // namespace
}  // namespace skald::storage
