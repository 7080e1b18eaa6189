// SPDX-License-Identifier: Apache-2.0
#include "index_page.h"

#include <gtest/gtest.h>

#include <string>

namespace skald::api {
namespace {

TEST(IndexPage, ShowsModulesHealthAndLinks) {
    IndexPage page{.version = "1.2",
                   .revision = "abc",
                   .not_ready = std::nullopt,
                   .modules = {{"store", "Running"}, {"ingester", "Failed"}},
                   .links = {{"/ready", "Whether it is ready."}}};
    const std::string html = index_html(page);
    EXPECT_NE(html.find("Version 1.2, revision abc."), std::string::npos);
    EXPECT_NE(html.find("<span class=\"state good\">ready</span>"), std::string::npos);
    EXPECT_NE(html.find("<span class=\"state good\">Running</span>"), std::string::npos);
    EXPECT_NE(html.find("<span class=\"state bad\">Failed</span>"), std::string::npos);
    EXPECT_NE(html.find("<a href=\"/ready\">/ready</a>"), std::string::npos);
    EXPECT_EQ(html.find("http://"), std::string::npos) << "nothing comes from elsewhere";
    page.not_ready = "Ingester not ready: <replaying>";
    EXPECT_NE(index_html(page).find("<span class=\"state bad\">Ingester not ready: "
                                    "&lt;replaying&gt;</span>"),
              std::string::npos);
}

}  // namespace
}  // namespace skald::api
