// SPDX-License-Identifier: Apache-2.0
#include "signature.h"

#include <gtest/gtest.h>

// The vectors are those that AWS publishes: examples of the S3 API reference ("Authenticating
// Requests: Using the Authorization Header") and of the Signature Version 4 test suite.
namespace skald::storage {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(const S3Signable& request, const S3Credentials& credentials) {
    const std::string value = authorization(request, credentials);
    const std::size_t at = value.find("Signature=");
    return at == std::string::npos ? value : value.substr(at + 10);
}

const S3Credentials kS3Example = {"AKIAIOSFODNN7EXAMPLE",
                                  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const S3Credentials kSuiteExample = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

S3Signable s3_example(std::string method, std::string path, S3Fields query = {}) {
    S3Signable request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.time = "20130524T000000Z";
    request.region = "us-east-1";
    request.payload_hash = kEmptyHash;
    request.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                       {"x-amz-content-sha256", std::string(kEmptyHash)},
                       {"x-amz-date", "20130524T000000Z"}};
    return request;
}

TEST(Signature, OfAGetWithARangeIsTheOneThatAwsPublishes) {
    S3Signable request = s3_example("GET", "/test.txt");
    request.headers.emplace_back("range", "bytes=0-9");
    EXPECT_EQ(signature_of(request, kS3Example),
              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        << canonical_request(request);
}

TEST(Signature, OfAPutWithABodyIsTheOneThatAwsPublishes) {
    S3Signable request = s3_example("PUT", "/" + encode_uri("test$file.text", true));
    request.payload_hash = sha256_hex("Welcome to Amazon S3.");
    request.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                       {"host", "examplebucket.s3.amazonaws.com"},
                       {"x-amz-content-sha256", request.payload_hash},
                       {"x-amz-date", "20130524T000000Z"},
                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    EXPECT_EQ(signature_of(request, kS3Example),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        << canonical_request(request);
}

TEST(Signature, OfAQueryWithoutAValueIsTheOneThatAwsPublishes) {
    EXPECT_EQ(signature_of(s3_example("GET", "/", {{"lifecycle", ""}}), kS3Example),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(Signature, OfAListingIsTheOneThatAwsPublishes) {
    EXPECT_EQ(
        signature_of(s3_example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}), kS3Example),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

S3Signable suite_example(S3Fields query) {
    S3Signable request;
    request.method = "GET";
    request.path = "/";
    request.query = std::move(query);
    request.time = "20150830T123600Z";
    request.region = "us-east-1";
    request.service = "service";
    request.payload_hash = kEmptyHash;
    request.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
    return request;
}

TEST(Signature, OfThePlainRequestOfTheSuiteIsAsPublished) {
    EXPECT_EQ(signature_of(suite_example({}), kSuiteExample),
              "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(Signature, PutsTheQueryInOrder) {
    EXPECT_EQ(
        signature_of(suite_example({{"Param2", "value2"}, {"Param1", "value1"}}), kSuiteExample),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(Signature, NamesTheKeyTheScopeAndTheHeaders) {
    EXPECT_EQ(authorization(suite_example({}), kSuiteExample)
                  .find("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                        "aws4_request,SignedHeaders=host;x-amz-date,Signature="),
              0U);
}

TEST(Signature, IgnoresBlanksAroundAndRunsOfBlanksInsideAHeader) {
    S3Signable plain = suite_example({});
    plain.headers.emplace_back("my-header", "a b c");
    S3Signable blanks = suite_example({});
    blanks.headers.emplace_back("my-header", "  a  b \t c ");
    EXPECT_EQ(canonical_request(plain), canonical_request(blanks));
}

TEST(EncodeUri, EncodesAllButTheUnreserved) {
    EXPECT_EQ(encode_uri("a=b,c:d @!(x)+%/\xC3\xA9.gz~_-", true),
              "a%3Db%2Cc%3Ad%20%40%21%28x%29%2B%25/%C3%A9.gz~_-");
    EXPECT_EQ(encode_uri("a/b", false), "a%2Fb");
}

}  // namespace
}  // namespace skald::storage
