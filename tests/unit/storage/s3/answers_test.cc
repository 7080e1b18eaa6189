// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include "xml.h"

#include <gtest/gtest.h>

namespace skald::storage {
namespace {

constexpr std::string_view kPage = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>logs</Name><Prefix>segments/</Prefix><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys>
  <EncodingType>url</EncodingType>
  <IsTruncated>true</IsTruncated>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <Contents><Key>segments/a%2Bb+c</Key><Size>17</Size><ETag>&quot;x&quot;</ETag></Contents>
  <Contents><Key>segments/d</Key><Size>18446744073709551615</Size></Contents>
</ListBucketResult>)";

TEST(ListPage, HasKeysSizesAndTheNextToken) {
    const auto page = parse_list_page(kPage);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->objects.size(), 2U);
    EXPECT_EQ(page->objects[0].key, "segments/a+b c");
    EXPECT_EQ(page->objects[0].size, 17U);
    EXPECT_EQ(page->objects[1].size, UINT64_MAX);
    EXPECT_EQ(page->next, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST(ListPage, KeepsKeysAsTheyAreIfTheyAreNotEncoded) {
    const auto page = parse_list_page(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+%41&amp;b&#233;&#x41;"
        "</Key><Size>0</Size></Contents></ListBucketResult>");
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->objects[0].key,
              "a+%41&b\xC3\xA9"
              "A");
    EXPECT_EQ(page->next, "");
}

TEST(ListPage, ThatIsTruncatedAndHasNoTokenIsAnError) {
    EXPECT_FALSE(
        parse_list_page("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
}

TEST(ListPage, WithAnObjectWithoutAGoodSizeIsAnError) {
    for (const char* size : {"", "-1", "1x", "99999999999999999999"}) {
        EXPECT_FALSE(parse_list_page("<ListBucketResult><Contents><Key>a</Key><Size>" +
                                     std::string(size) + "</Size></Contents></ListBucketResult>"))
            << size;
    }
}

TEST(ListPage, OfAnotherRootIsAnError) {
    EXPECT_FALSE(parse_list_page("<html><body>hello</body></html>"));
    EXPECT_FALSE(parse_list_page(""));
}

TEST(Uploads, HaveKeyIdAndTime) {
    const auto uploads = parse_uploads(
        "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId><Initiated>"
        "2026-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>");
    ASSERT_TRUE(uploads) << uploads.error().message;
    ASSERT_EQ(uploads->size(), 1U);
    EXPECT_EQ((*uploads)[0].id, "u");
    EXPECT_EQ((*uploads)[0].initiated, "2026-01-01T00:00:00.000Z");
}

TEST(Trouble, IsFoundAlsoInsideAnEnvelope) {
    EXPECT_EQ(parse_trouble("<Error><Code>AccessDenied</Code><Message>no</Message></Error>").code,
              "AccessDenied");
    EXPECT_EQ(parse_trouble("<ErrorResponse><Error><Code>ExpiredToken</Code></Error>"
                            "</ErrorResponse>")
                  .code,
              "ExpiredToken");
    EXPECT_EQ(parse_trouble("gateway timeout").code, "");
    EXPECT_EQ(parse_trouble("<CompleteMultipartUploadResult/>").code, "");
}

TEST(CompleteBody, NumbersThePartsFromOne) {
    const auto body = parse_xml(complete_body({"\"a\"", "b<"}));
    ASSERT_TRUE(body) << body.error().message;
    ASSERT_EQ(body->children.size(), 2U);
    EXPECT_EQ(body->children[1].text_of("PartNumber"), "2");
    EXPECT_EQ(body->children[0].text_of("ETag"), "\"a\"");
    EXPECT_EQ(body->children[1].text_of("ETag"), "b<");
}

TEST(Xml, ThatIsCutAnywhereIsAnErrorAndNotACrash) {
    for (std::size_t size = 0; size + 1 < kPage.size(); ++size)
        EXPECT_FALSE(parse_xml(kPage.substr(0, size))) << size;
}

TEST(Xml, HasABoundedDepth) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    EXPECT_FALSE(parse_xml(deep));
}

TEST(Xml, RefusesDoctypesAndUnknownEntities) {
    EXPECT_FALSE(parse_xml("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"));
    EXPECT_FALSE(parse_xml("<a>&x;</a>"));
    EXPECT_FALSE(parse_xml("<a>&#x110000;</a>"));
}

TEST(Xml, KnowsCommentsRawTextPrefixesAndEmptyElements) {
    const auto root = parse_xml("<s:a xmlns:s='u'><!-- <b> --><c/><d><![CDATA[<&>]]></d></s:a>");
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_EQ(root->name, "a");
    EXPECT_NE(root->find("c"), nullptr);
    EXPECT_EQ(root->text_of("d"), "<&>");
}

}  // namespace
}  // namespace skald::storage
