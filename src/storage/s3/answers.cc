// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include "xml.h"

#include <charconv>

namespace skald::storage {

namespace {

Error unexpected(const std::string& what) {
    return {ErrorCode::kCorruption, "the answer of the object store " + what};
}

Result<XmlElement> parse_root(std::string_view body, std::string_view name) {
    Result<XmlElement> root = parse_xml(body);
    if (!root) return unexpected("is not readable: " + root.error().message);
    if (root->name != name)
        return unexpected("is a " + root->name + " and not a " + std::string(name));
    return root;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The inverse of `encoding-type=url`.
std::string decode_url(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                               hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
        if (is_escape) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

}  // namespace

Result<S3ListPage> parse_list_page(std::string_view body) {
    SKALD_TRY(const XmlElement root, parse_root(body, "ListBucketResult"));
    const bool is_encoded = root.text_of("EncodingType") == "url";
    S3ListPage page;
    for (const XmlElement& each : root.children) {
        if (each.name != "Contents") continue;
        const std::string_view key = each.text_of("Key");
        const std::string_view size = each.text_of("Size");
        ObjectStore::Listed listed;
        listed.key = is_encoded ? decode_url(key) : std::string(key);
        const char* const end = size.data() + size.size();
        const auto [stop, failed] = std::from_chars(size.data(), end, listed.size);
        if (listed.key.empty() || failed != std::errc() || stop != end)
            return unexpected("lists an object without a key or a size");
        page.objects.push_back(std::move(listed));
    }
    if (root.text_of("IsTruncated") != "true") return page;
    page.next = root.text_of("NextContinuationToken");
    if (page.next.empty()) return unexpected("is a part of a list and does not say how it goes on");
    return page;
}

Result<std::vector<S3Upload>> parse_uploads(std::string_view body) {
    SKALD_TRY(const XmlElement root, parse_root(body, "ListMultipartUploadsResult"));
    const bool is_encoded = root.text_of("EncodingType") == "url";
    std::vector<S3Upload> uploads;
    for (const XmlElement& each : root.children) {
        if (each.name != "Upload") continue;
        const std::string_view key = each.text_of("Key");
        uploads.push_back({is_encoded ? decode_url(key) : std::string(key),
                           std::string(each.text_of("UploadId")),
                           std::string(each.text_of("Initiated"))});
        if (uploads.back().key.empty() || uploads.back().id.empty())
            return unexpected("lists an upload without a key or an id");
    }
    return uploads;
}

Result<std::string> parse_upload_id(std::string_view body) {
    SKALD_TRY(const XmlElement root, parse_root(body, "InitiateMultipartUploadResult"));
    std::string id(root.text_of("UploadId"));
    if (id.empty()) return unexpected("begins an upload without an id");
    return id;
}

S3Trouble parse_trouble(std::string_view body) {
    const Result<XmlElement> root = parse_xml(body);
    if (!root) return {};
    const XmlElement* error = root->name == "Error" ? &*root : root->find("Error");
    if (error == nullptr) return {};
    S3Trouble trouble;
    trouble.code = error->text_of("Code");
    trouble.message = error->text_of("Message");
    trouble.region = error->text_of("Region");
    return trouble;
}

std::string complete_body(const std::vector<std::string>& parts) {
    std::string body =
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
                escape_xml(parts[i]) + "</ETag></Part>";
    }
    return body + "</CompleteMultipartUpload>";
}

Result<std::vector<std::pair<std::string, std::string>>> parse_assumed_role(std::string_view body) {
    SKALD_TRY(const XmlElement root, parse_root(body, "AssumeRoleWithWebIdentityResponse"));
    const XmlElement* const result = root.find("AssumeRoleWithWebIdentityResult");
    const XmlElement* const found = result == nullptr ? nullptr : result->find("Credentials");
    if (found == nullptr) return unexpected("has no credentials");
    std::vector<std::pair<std::string, std::string>> texts;
    for (const XmlElement& each : found->children) texts.emplace_back(each.name, each.text);
    return texts;
}

}  // namespace skald::storage
