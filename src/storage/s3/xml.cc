// SPDX-License-Identifier: Apache-2.0
#include "xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace skald::storage {

namespace {

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kElementsMax = 200'000;
constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(std::string_view text) {
    return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6U));
        put(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12U));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    } else {
        put(0xF0 | (code >> 18U));
        put(0x80 | ((code >> 12U) & 0x3FU));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    }
}

/// Reads one document, front to back.
class XmlReader {
public:
    explicit XmlReader(std::string_view document) : document_(document) {}

    Result<XmlElement> read() {
        SKALD_CHECK(skip_prolog());
        XmlElement root;
        SKALD_CHECK(read_element(root, 0));
        SKALD_CHECK(skip_prolog());
        if (at_ != document_.size()) return wrong("something behind the last element");
        return root;
    }

private:
    Error wrong(std::string_view what) const {
        return {ErrorCode::kCorruption,
                "XML: " + std::string(what) + " at byte " + std::to_string(at_)};
    }
    std::string_view rest() const { return document_.substr(at_); }
    bool take(std::string_view text) {
        if (!rest().starts_with(text)) return false;
        at_ += text.size();
        return true;
    }
    /// Everything up to `end`, which is skipped too.
    Result<std::string_view> take_until(std::string_view end) {
        const std::size_t found = document_.find(end, at_);
        if (found == std::string_view::npos) return wrong("it ends too early");
        const std::string_view taken = document_.substr(at_, found - at_);
        at_ = found + end.size();
        return taken;
    }

    /// Blanks, declarations and comments.
    Result<void> skip_prolog() {
        if (at_ == 0) take("\xEF\xBB\xBF");
        for (;;) {
            at_ = std::min(document_.find_first_not_of(kBlanks, at_), document_.size());
            if (take("<?")) {
                SKALD_CHECK(skip_until("?>"));
            } else if (take("<!--")) {
                SKALD_CHECK(skip_until("-->"));
            } else {
                return {};
            }
        }
    }
    Result<void> skip_until(std::string_view end) {
        SKALD_TRY([[maybe_unused]] const std::string_view skipped, take_until(end));
        return {};
    }

    /// From its '<' to behind its end tag.
    Result<void> read_element(XmlElement& element, std::size_t depth) {
        if (depth >= kDepthMax) return wrong("nested too deeply");
        if (++elements_ > kElementsMax) return wrong("too many elements");
        if (!take("<")) return wrong("an element was expected");
        SKALD_TRY(std::string_view tag, take_until(">"));
        if (tag.starts_with('!')) return wrong("a doctype");
        const bool is_empty = tag.ends_with('/');
        if (is_empty) tag.remove_suffix(1);
        tag = tag.substr(0, tag.find_first_of(kBlanks));
        if (tag.empty() || tag.find('<') != std::string_view::npos) return wrong("a bad tag");
        element.name = tag.substr(tag.rfind(':') + 1);
        if (is_empty) return {};
        return read_content(element, tag, depth);
    }

    Result<void> read_content(XmlElement& element, std::string_view tag, std::size_t depth) {
        for (;;) {
            SKALD_CHECK(read_text(element.text));
            if (take("</")) {
                SKALD_TRY(std::string_view end, take_until(">"));
                end = end.substr(0, end.find_first_of(kBlanks));
                if (end != tag) return wrong("an end tag of another element");
                if (!element.children.empty() && is_blank(element.text)) element.text.clear();
                return {};
            }
            if (take("<!--")) {
                SKALD_CHECK(skip_until("-->"));
            } else if (take("<![CDATA[")) {
                SKALD_TRY(const std::string_view raw, take_until("]]>"));
                element.text += raw;
            } else {
                element.children.emplace_back();
                SKALD_CHECK(read_element(element.children.back(), depth + 1));
            }
        }
    }

    /// Up to the next '<'.
    Result<void> read_text(std::string& out) {
        for (;;) {
            const std::size_t stop = document_.find_first_of("<&", at_);
            if (stop == std::string_view::npos) return wrong("it ends too early");
            out += document_.substr(at_, stop - at_);
            at_ = stop;
            if (document_[at_] == '<') return {};
            ++at_;
            SKALD_TRY(const std::string_view entity, take_until(";"));
            SKALD_CHECK(append_entity(out, entity));
        }
    }

    Result<void> append_entity(std::string& out, std::string_view entity) {
        if (entity == "lt") return append(out, "<");
        if (entity == "gt") return append(out, ">");
        if (entity == "amp") return append(out, "&");
        if (entity == "quot") return append(out, "\"");
        if (entity == "apos") return append(out, "'");
        if (!entity.starts_with('#')) return wrong("an unknown entity");
        entity.remove_prefix(1);
        const bool is_hex = entity.starts_with('x');
        if (is_hex) entity.remove_prefix(1);
        std::uint32_t code = 0;
        const char* const end = entity.data() + entity.size();
        const auto [stop, failed] = std::from_chars(entity.data(), end, code, is_hex ? 16 : 10);
        if (failed != std::errc() || stop != end || code > 0x10FFFF) return wrong("a bad entity");
        append_utf8(out, code);
        return {};
    }
    static Result<void> append(std::string& out, std::string_view text) {
        out += text;
        return {};
    }

    std::string_view document_;
    std::size_t at_ = 0;
    std::size_t elements_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const XmlElement& each) { return each.name == child; });
    return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
    const XmlElement* const found = find(child);
    return found == nullptr ? std::string_view() : found->text;
}

Result<XmlElement> parse_xml(std::string_view document) {
    return XmlReader(document).read();
}

std::string escape_xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace skald::storage
