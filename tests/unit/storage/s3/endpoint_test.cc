// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

struct Case {
    S3Options options;
    std::string url;  ///< Of the object "a b"; empty: an error.
};

S3Options options_of(std::string endpoint, std::string region, std::string bucket,
                     bool path_style = false, bool insecure = false) {
    S3Options options;
    options.endpoint = std::move(endpoint);
    options.region = std::move(region);
    options.bucket = std::move(bucket);
    options.path_style = path_style;
    options.insecure = insecure;
    return options;
}

TEST(S3Endpoint, IsWhereTheOptionsPutIt) {
    const Case cases[] = {
        {options_of("", "eu-west-1", "logs"),
         "https://logs.s3.dualstack.eu-west-1.amazonaws.com/a%20b"},
        {options_of("", "cn-north-1", "logs"),
         "https://logs.s3.dualstack.cn-north-1.amazonaws.com.cn/a%20b"},
        {options_of("", "eu-west-1", "logs", true),
         "https://s3.dualstack.eu-west-1.amazonaws.com/logs/a%20b"},
        {options_of("", "eu-west-1", "my.logs"),
         "https://s3.dualstack.eu-west-1.amazonaws.com/my.logs/a%20b"},
        {options_of("minio:9000", "", "logs", true, true), "http://minio:9000/logs/a%20b"},
        {options_of("minio:9000", "", "logs", false, true), "http://logs.minio:9000/a%20b"},
        {options_of("http://minio:9000/", "", "logs", true), "http://minio:9000/logs/a%20b"},
        {options_of("https://s3.example.org:443", "", "logs", false, true),
         "https://logs.s3.example.org/a%20b"},
        {options_of("127.0.0.1:9000", "", "logs", false, true), "http://127.0.0.1:9000/logs/a%20b"},
        {options_of("[::1]:9000", "", "logs", false, true), "http://[::1]:9000/logs/a%20b"},
        {options_of("localhost:9000", "", "logs", false, true), "http://localhost:9000/logs/a%20b"},
        {options_of("", "", "logs"), ""},
        {options_of("minio", "", ""), ""},
        {options_of("minio/x?y", "", "logs"), ""},
        {options_of("minio", "", "lo/gs"), ""},
    };
    for (const Case& each : cases) {
        const auto endpoint = S3Endpoint::create(each.options);
        ASSERT_EQ(static_cast<bool>(endpoint), !each.url.empty()) << each.options.endpoint;
        if (endpoint) {
            EXPECT_EQ(endpoint->origin() + endpoint->path_of("a b"), each.url);
        }
    }
}

TEST(S3Endpoint, TakesTheRegionFromTheEnvironment) {
    S3Options options = options_of("", "", "logs");
    options.environment = [](std::string_view name) -> std::optional<std::string> {
        if (name == "AWS_DEFAULT_REGION") return "us-east-2";
        return std::nullopt;
    };
    const auto endpoint = S3Endpoint::create(options);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->region(), "us-east-2");
    EXPECT_EQ(endpoint->host(), "logs.s3.dualstack.us-east-2.amazonaws.com");
}

TEST(S3Endpoint, OfItsOwnIsInTheUsualRegion) {
    EXPECT_EQ(S3Endpoint::create(options_of("minio", "", "logs"))->region(), "us-east-1");
}

}  // namespace
}  // namespace skald::storage
