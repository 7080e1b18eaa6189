// SPDX-License-Identifier: Apache-2.0
#include "router.h"

#include "fakes.h"
#include "message_parser.h"
#include "response_head.h"
#include "support/run_task.h"

#include <gtest/gtest.h>

namespace skald::api {
namespace {

Task<HttpResponse> echo(HttpRequest request) {
    std::string body = request.tenant ? request.tenant->text() : "-";
    for (const std::string& value : request.path_values) body += "|" + value;
    co_return plain_text(200, std::move(body));
}

Router make_router(bool auth, std::string prefix = {}) {
    Router router(auth, std::move(prefix));
    const auto add = [&router](std::string pattern, std::vector<Method> methods, Tenancy tenancy) {
        Router::Route route;
        route.pattern = std::move(pattern);
        route.methods = std::move(methods);
        route.handler = echo;
        route.tenancy = tenancy;
        router.add(std::move(route));
    };
    add("/ready", {Method::kGet}, Tenancy::kNone);
    add("/push", {Method::kPost}, Tenancy::kRequired);
    add("/label/{name}/values", {Method::kGet, Method::kPost}, Tenancy::kRequired);
    return router;
}

HttpResponse ask(const Router& router, Method method, std::string path,
                 std::optional<std::string> tenant = "t") {
    HttpRequest request;
    request.method = method;
    request.path = std::move(path);
    if (tenant) request.headers.add("x-scope-orgid", *tenant);
    return support::run_task(router.handle(std::move(request)));
}

TEST(Router, FindsPathsExactly) {
    const Router router = make_router(true);
    EXPECT_EQ(ask(router, Method::kGet, "/ready").status, 200);
    EXPECT_EQ(ask(router, Method::kHead, "/ready").status, 200);
    for (const char* path : {"/", "", "/ready/", "//ready", "/readyy", "/label//values",
                             "/label/a/values/", "/label/a"}) {
        const HttpResponse response = ask(router, Method::kGet, path);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_EQ(response.body, "404 page not found\n");
    }
}

TEST(Router, DecodesPathValues) {
    const Router router = make_router(true);
    EXPECT_EQ(ask(router, Method::kGet, "/label/app/values").body, "t|app");
    EXPECT_EQ(ask(router, Method::kPost, "/label/a%2Fb%20c+d/values").body, "t|a/b c+d");
    EXPECT_EQ(ask(router, Method::kGet, "/label/%zz/values").status, 404);
}

TEST(Router, RefusesOtherMethodsWithoutABody) {
    const Router router = make_router(true);
    const HttpResponse response = ask(router, Method::kGet, "/push");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.headers.at(0).second, "POST");
    EXPECT_EQ(ask(router, Method::kHead, "/push").status, 405);
    EXPECT_EQ(ask(router, Method::kOther, "/ready").status, 405);
}

TEST(Router, AsksForExactlyOneTenant) {
    const Router router = make_router(true);
    const std::tuple<std::optional<std::string>, int, std::string> cases[] = {
        {std::nullopt, 401, "no org id\n"},
        {"", 401, "no org id\n"},
        {"a", 200, "a"},
        {"a|a", 200, "a"},
        {"a|b", 400, "multiple org IDs present\n"},
        {"a:sub", 200, "a"},
        {"a b", 400, "tenant ID 'a b' contains unsupported character ' '\n"},
        {"..", 400, "tenant ID is '.' or '..'\n"},
        {"a|", 401, "no org id\n"},
    };
    for (const auto& [header, status, body] : cases) {
        const HttpResponse response = ask(router, Method::kPost, "/push", header);
        EXPECT_EQ(response.status, status) << header.value_or("(none)");
        EXPECT_EQ(response.body, body);
    }
    EXPECT_EQ(ask(router, Method::kGet, "/ready", std::nullopt).status, 200);
}

TEST(Router, IgnoresTheHeaderWithoutAuthentication) {
    const Router router = make_router(false);
    EXPECT_EQ(ask(router, Method::kPost, "/push", "a|b").body, "fake");
    EXPECT_EQ(ask(router, Method::kPost, "/push", std::nullopt).body, "fake");
}

TEST(Router, PutsAPrefixBeforeEveryPath) {
    const Router router = make_router(true, "logs/");
    EXPECT_EQ(ask(router, Method::kGet, "/logs/ready").status, 200);
    EXPECT_EQ(ask(router, Method::kGet, "/logs/label/x/values").body, "t|x");
    EXPECT_EQ(ask(router, Method::kGet, "/ready").status, 404);
}

TEST(Router, NamesRoutesForMetrics) {
    EXPECT_EQ(route_name("/loki/api/v1/query_range"), "loki_api_v1_query_range");
    EXPECT_EQ(route_name("/loki/api/v1/label/{name}/values"), "loki_api_v1_label_name_values");
    EXPECT_EQ(route_name("/ready"), "ready");
    EXPECT_EQ(route_name("/"), "root");
}

TEST(HttpMessage, CutsTheTarget) {
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {"/a?b=c?d", "/a", "b=c?d"},   {"/a", "/a", ""},      {"/a?", "/a", ""},
        {"http://h:1/a?b", "/a", "b"}, {"http://h", "/", ""}, {"*", "*", ""},
    };
    for (const auto& [target, path, query] : cases) {
        HttpRequest request;
        set_target(request, target);
        EXPECT_EQ(request.path, path);
        EXPECT_EQ(request.query, query);
    }
}

TEST(HttpMessage, ComparesHeaderNamesWithoutCase) {
    Headers headers;
    headers.add("Accept-Encoding", "gzip");
    headers.add("X", "");
    headers.add("accept-encoding", "br");
    EXPECT_EQ(headers.find("ACCEPT-ENCODING"), "gzip");
    EXPECT_EQ(headers.find("x"), "");
    EXPECT_EQ(headers.find("y"), std::nullopt);
    EXPECT_EQ(headers.joined("accept-encoding"), "gzip, br");
}

TEST(HttpMessage, WritesTheHead) {
    EXPECT_EQ(response_head(plain_text(200, "ready\n"), Persistence::kKeepAlive, "D"),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
              "Date: D\r\nContent-Length: 6\r\n\r\n");
    EXPECT_EQ(response_head({.status = 204, .content_type = {}, .body = {}, .headers = {}},
                            Persistence::kClose, "D"),
              "HTTP/1.1 204 No Content\r\nDate: D\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace skald::api
