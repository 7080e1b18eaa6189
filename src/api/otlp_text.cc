// SPDX-License-Identifier: Apache-2.0
#include "otlp_text.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

/// ECMAScript's Number::toString: an exponent only below 1e-6 and from 1e21.
void append_double(std::string& out, double value) {
    const double size = std::abs(value);
    if (size == 0 || (size >= 1e-6 && size < 1e21)) {
        out += format_float(value);
        return;
    }
    char digits[32];
    const auto end =
        std::to_chars(std::begin(digits), std::end(digits), value, std::chars_format::scientific)
            .ptr;
    std::string_view text(digits, static_cast<std::size_t>(end - digits));
    // to_chars writes two digits of exponent at least: e-07 is e-7 here.
    const std::size_t exponent = text.find('e') + 2;
    out += text.substr(0, exponent);
    text.remove_prefix(exponent);
    out += text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}

class JsonText {
public:
    explicit JsonText(const OtlpLogs& logs) : logs_(logs) {}

    void append(const OtlpNode& node) {
        switch (node.kind) {
            case OtlpKind::kEmpty: out_ += "null"; return;
            case OtlpKind::kString: append_quoted(node.text); return;
            case OtlpKind::kBool: out_ += node.number != 0 ? "true" : "false"; return;
            case OtlpKind::kInt: out_ += std::to_string(node.number); return;
            case OtlpKind::kDouble:
                if (std::isfinite(node.real))
                    append_double(out_, node.real);
                else
                    out_ += "null";
                return;
            case OtlpKind::kBytes:
                out_ += '"';
                out_ += encode_base64(node.text);
                out_ += '"';
                return;
            case OtlpKind::kArray: append_array(node); return;
            case OtlpKind::kMap: append_map(node); return;
        }
    }
    std::string take() { return std::move(out_); }

private:
    void append_quoted(std::string_view text) {
        out_ += '"';
        append_json_escaped(out_, text);
        out_ += '"';
    }
    void append_array(const OtlpNode& node) {
        out_ += '[';
        for (std::uint32_t i = node.first; i != 0; i = logs_.nodes[i].next) {
            if (i != node.first) out_ += ',';
            append(logs_.nodes[i]);
        }
        out_ += ']';
    }
    void append_map(const OtlpNode& node) {
        std::vector<std::uint32_t> members;
        for (std::uint32_t i = node.first; i != 0; i = logs_.nodes[i].next) members.push_back(i);
        std::sort(members.begin(), members.end(), [&](std::uint32_t a, std::uint32_t b) {
            const auto order = logs_.nodes[a].key <=> logs_.nodes[b].key;
            return order != 0 ? order < 0 : a < b;
        });
        out_ += '{';
        bool first = true;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const OtlpNode& member = logs_.nodes[members[i]];
            if (i + 1 < members.size() && logs_.nodes[members[i + 1]].key == member.key) continue;
            if (!std::exchange(first, false)) out_ += ',';
            append_quoted(member.key);
            out_ += ':';
            append(member);
        }
        out_ += '}';
    }

    const OtlpLogs& logs_;
    std::string out_;
};

std::string double_text(double value) {
    std::string out;
    if (std::isfinite(value))
        append_double(out, value);
    else
        out = format_float(value);
    return out;
}

}  // namespace

std::string_view number_text(std::uint64_t number, write::TextArena& arena) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    return arena.copy({digits, static_cast<std::size_t>(end - digits)});
}

std::string_view otlp_text(const OtlpLogs& logs, const OtlpNode& node, write::TextArena& arena) {
    switch (node.kind) {
        case OtlpKind::kEmpty: return {};
        case OtlpKind::kString: return node.text;
        case OtlpKind::kBool: return node.number != 0 ? "true" : "false";
        case OtlpKind::kInt: return arena.copy(std::to_string(node.number));
        case OtlpKind::kDouble: return arena.copy(double_text(node.real));
        case OtlpKind::kBytes: {
            return arena.copy(encode_base64(node.text));
        }
        case OtlpKind::kArray:
        case OtlpKind::kMap: break;
    }
    JsonText json(logs);
    json.append(node);
    return arena.copy(json.take());
}

}  // namespace skald::api
