// SPDX-License-Identifier: Apache-2.0
//
// RFC 8259. Ill-formed UTF-8 and lone surrogates become U+FFFD, as in Go's encoding/json.
#include "template_json.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace skald::read {

namespace {

constexpr int kDepthMax = 200;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

class JsonReader {
public:
    JsonReader(std::string_view text, Arena& arena) : rest_(text), arena_(arena) {}

    bool read_document(Value& value) {
        skip_space();
        if (!read_value(value)) return false;
        skip_space();
        return rest_.empty() && !arena_.is_full();
    }

private:
    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }
    bool take(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool read_value(Value& value) {
        if (rest_.empty() || arena_.is_full()) return false;
        switch (rest_.front()) {
            case '{': return read_nested(&JsonReader::read_object, value);
            case '[': return read_nested(&JsonReader::read_array, value);
            case '"': {
                std::string_view text;
                if (!read_string(text)) return false;
                value = Value::of(text).as_boxed();
                return true;
            }
            case 't': value = Value::of(true).as_boxed(); return take("true");
            case 'f': value = Value::of(false).as_boxed(); return take("false");
            case 'n': value = Value::nil(); return take("null");
            default: return read_number(value);
        }
    }

    bool read_nested(bool (JsonReader::*read)(Value&), Value& value) {
        if (++depth_ > kDepthMax) return false;
        rest_.remove_prefix(1);
        skip_space();
        if (!(this->*read)(value)) return false;
        --depth_;
        return true;
    }

    bool read_array(Value& value) {
        ValueList list;
        if (!take("]")) {
            do {
                skip_space();
                if (!read_value(list.emplace_back())) return false;
                skip_space();
            } while (take(","));
            if (!take("]")) return false;
        }
        value = Value::of(arena_.keep(std::move(list))).as_boxed();
        return true;
    }

    bool read_object(Value& value) {
        ValueMap map;
        if (!take("}")) {
            do {
                auto& [name, member] = map.emplace_back();
                skip_space();
                if (!read_string(name)) return false;
                skip_space();
                if (!take(":")) return false;
                skip_space();
                if (!read_value(member)) return false;
                skip_space();
            } while (take(","));
            if (!take("}")) return false;
        }
        keep_last_of_each_name(map);
        value = Value::of(arena_.keep(std::move(map))).as_boxed();
        return true;
    }

    static void keep_last_of_each_name(ValueMap& map) {
        std::reverse(map.begin(), map.end());
        const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
        std::stable_sort(map.begin(), map.end(), less);
        const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
        map.erase(std::unique(map.begin(), map.end(), same), map.end());
    }

    bool read_number(Value& value) {
        const std::string_view begin = rest_;
        const auto digits = [&] {
            const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
            rest_.remove_prefix(count);
            return count;
        };
        take("-");
        const bool leading_zero = rest_.starts_with('0');
        const std::size_t whole = digits();
        if (whole == 0 || (leading_zero && whole > 1)) return false;
        if (take(".") && digits() == 0) return false;
        if (take("e") || take("E")) {
            if (!take("+")) take("-");
            if (digits() == 0) return false;
        }
        const std::size_t length = begin.size() - rest_.size();
        const Result<double> number = parse_float(begin.substr(0, length));
        // A number that no float64 is leaves its place empty.
        value = number ? Value::of(*number).as_boxed() : Value::nil();
        return true;
    }

    bool read_string(std::string_view& text) {
        if (!take("\"")) return false;
        const std::size_t plain = rest_.find_first_of("\"\\");
        if (plain == std::string_view::npos) return false;
        if (rest_[plain] == '"') {
            const std::string_view raw = rest_.substr(0, plain);
            if (has_control(raw)) return false;
            rest_.remove_prefix(plain + 1);
            // The text that is read outlives its values.
            text = is_valid_utf8(raw) ? raw : arena_.keep(to_valid_utf8(raw));
            return true;
        }
        std::string out;
        while (true) {
            const std::size_t end = rest_.find_first_of("\"\\");
            if (end == std::string_view::npos || has_control(rest_.substr(0, end))) return false;
            out.append(rest_, 0, end);
            const char stop = rest_[end];
            rest_.remove_prefix(end + 1);
            if (stop == '"') break;
            if (!read_escape(out)) return false;
        }
        if (!is_valid_utf8(out)) out = to_valid_utf8(out);
        text = arena_.keep(std::move(out));
        return true;
    }

    static bool has_control(std::string_view text) {
        return std::any_of(text.begin(), text.end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    }

    bool read_escape(std::string& out) {
        if (rest_.empty()) return false;
        const char kind = rest_.front();
        rest_.remove_prefix(1);
        switch (kind) {
            case '"':
            case '\\':
            case '/': out.push_back(kind); return true;
            case 'b': out.push_back('\b'); return true;
            case 'f': out.push_back('\f'); return true;
            case 'n': out.push_back('\n'); return true;
            case 'r': out.push_back('\r'); return true;
            case 't': out.push_back('\t'); return true;
            case 'u': return read_unicode(out);
            default: return false;
        }
    }

    bool read_unicode(std::string& out) {
        std::uint32_t code = 0;
        if (!take_hex(code)) return false;
        if (code >= 0xD800 && code < 0xDC00 && rest_.starts_with("\\u")) {
            const std::string_view before = rest_;
            rest_.remove_prefix(2);
            std::uint32_t low = 0;
            if (!take_hex(low)) return false;
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else {
                rest_ = before;
            }
        }
        if (!append_utf8(out, code)) out += kReplacement;
        return true;
    }

    bool take_hex(std::uint32_t& code) {
        if (rest_.size() < 4) return false;
        const auto read = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
        if (read.ec != std::errc() || read.ptr != rest_.data() + 4) return false;
        rest_.remove_prefix(4);
        return true;
    }

    std::string_view rest_;
    Arena& arena_;
    int depth_ = 0;
};

}  // namespace

std::optional<Value> parse_json_value(std::string_view text, Arena& arena) {
    Value value;
    if (!JsonReader(text, arena).read_document(value)) return std::nullopt;
    return value;
}

}  // namespace skald::read
