// SPDX-License-Identifier: Apache-2.0
#include "http_form.h"

#include "fakes.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <random>

namespace skald::api {
namespace {

TEST(HttpForm, DecodesEscapesAndPlus) {
    Form form;
    ASSERT_OK(form.add("query=%7Bapp%3D%22tie%22%7D+%7C%3D+%22a%2Bb%22&x=&y&=z&&x=2"));

    EXPECT_EQ(form.value("query"), "{app=\"tie\"} |= \"a+b\"");
    EXPECT_EQ(form.values("x"), (std::vector<std::string_view>{"", "2"}));
    EXPECT_EQ(form.value("y"), "");
    EXPECT_EQ(form.value(""), "z");
    EXPECT_EQ(form.value("absent"), "");
    EXPECT_EQ(form.pairs().size(), 5U);
}

TEST(HttpForm, NamesBadEscapesAsGoDoes) {
    const std::pair<std::string, std::string> cases[] = {
        {"query=%zz", "invalid URL escape \"%zz\""},
        {"query=%z", "invalid URL escape \"%z\""},
        {"query=%", "invalid URL escape \"%\""},
        {"%4=1", "invalid URL escape \"%4\""},
        {"a=1;b=2", "invalid semicolon separator in query"},
    };
    for (const auto& [text, message] : cases) {
        Form form;
        const auto added = form.add(text);
        ASSERT_FALSE(added) << text;
        EXPECT_EQ(added.error().message, message);
        EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
    }
}

TEST(HttpForm, BoundsThePairs) {
    std::string text;
    for (std::size_t i = 0; i < Form::kPairsMax; ++i) text += "a&";
    Form form;
    ASSERT_OK(form.add(text));
    const auto added = form.add("a");
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().message, "too many parameters");
}

TEST(HttpForm, PutsTheBodyBeforeTheUrl) {
    HttpRequest request =
        post_request("/x", "application/x-www-form-urlencoded; charset=utf-8", "limit=1&a=body");
    request.query = "limit=2&b=url";

    const auto form = Form::of_request(request);

    ASSERT_OK(form);
    EXPECT_EQ(form->value("limit"), "1");
    EXPECT_EQ(form->values("limit"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(form->value("a"), "body");
    EXPECT_EQ(form->value("b"), "url");
}

TEST(HttpForm, IgnoresBodiesThatAreNoForm) {
    HttpRequest json = post_request("/x", "application/json", "limit=1");
    HttpRequest untyped = post_request("/x", "", "limit=1");
    HttpRequest get = post_request("/x", "application/x-www-form-urlencoded", "limit=1");
    get.method = Method::kGet;
    for (const HttpRequest* request : {&json, &untyped, &get}) {
        const auto form = Form::of_request(*request);
        ASSERT_OK(form);
        EXPECT_TRUE(form->pairs().empty());
    }
}

TEST(HttpForm, ReadsMediaTypes) {
    const std::pair<std::string, std::string> good[] = {
        {"application/json", "application/json"},
        {" Application/JSON ; charset=utf-8", "application/json"},
        {"text/plain;", "text/plain"},
        {"text/plain; a=\"x;\\\"y\"; b=c", "text/plain"},
        {"text", "text"},
    };
    for (const auto& [header, type] : good) {
        const auto parsed = parse_media_type(header);
        ASSERT_OK(parsed);
        EXPECT_EQ(*parsed, type);
    }
    const std::pair<std::string, std::string> bad[] = {
        {"", "mime: no media type"},
        {"/;;", "mime: no media type"},
        {"text/", "mime: expected token after slash"},
        {"text/plain x", "mime: unexpected content after media type"},
        {"text/plain; =x", "mime: invalid media parameter"},
        {"text/plain; a=\"x", "mime: invalid media parameter"},
    };
    for (const auto& [header, message] : bad) {
        const auto parsed = parse_media_type(header);
        ASSERT_FALSE(parsed) << header;
        EXPECT_EQ(parsed.error().message, message);
    }
}

TEST(HttpForm, DecodesWhatAnyEncoderWrites) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string value;
        for (std::size_t i = random() % 40; i > 0; --i)
            value.push_back(static_cast<char>(random()));
        std::string encoded = "v=";
        for (const char c : value) {
            char escape[4];
            std::snprintf(escape, sizeof escape, "%%%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            encoded += escape;
        }

        Form form;
        ASSERT_OK(form.add(encoded));

        EXPECT_EQ(form.value("v"), value);
    }
}

}  // namespace
}  // namespace skald::api
