// SPDX-License-Identifier: Apache-2.0
#include "line_words.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cctype>

namespace skald::write {
namespace {

constexpr std::string_view kOpening = "\"'([{,;:";
constexpr std::string_view kClosing = "\"')]},;:.!?";
constexpr std::string_view kBlanks = " \t\r";

bool is_name_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
}

/// Where the value begins if the word is `name=value`; else `begin`.
std::size_t after_name(std::string_view line, std::size_t begin, std::size_t end) {
    std::size_t at = begin;
    while (at < end && is_name_byte(line[at])) ++at;
    return at > begin && at < end && line[at] == '=' ? at + 1 : begin;
}

/// The end of the text that begins after a quote at `begin`, or npos.
std::size_t end_of_text(std::string_view line, std::size_t begin) {
    for (std::size_t at = begin; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '"') {
            return at;
        }
    }
    return std::string_view::npos;
}

bool is_scalar_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
}

}  // namespace

bool LineWords::cut(std::string_view line, std::span<const std::string> message_keys) {
    words.clear();
    gaps.clear();
    done_ = 0;
    has_tail = false;
    std::string_view head = line.substr(0, kBytesMax);
    head = head.substr(0, head.find('\n'));
    if (head.size() == line.size() && line.size() > 1 && line.front() == '{' &&
        line.back() == '}' && cut_json(line, message_keys)) {
        return finish(line);
    }
    words.clear();
    gaps.clear();
    done_ = 0;
    return cut_text(line) && finish(line);
}

bool LineWords::cut_text(std::string_view line) {
    std::size_t at = 0;
    while (words.size() < kWordsMax && at < kBytesMax) {
        at = line.find_first_not_of(kBlanks, at);
        if (at == std::string_view::npos || line[at] == '\n') break;
        const std::size_t end = std::min(line.find_first_of(" \t\r\n", at), line.size());
        if (end > kBytesMax) break;
        add_text_word(line, at, end);
        at = end;
    }
    return !words.empty();
}

void LineWords::add_text_word(std::string_view line, std::size_t begin, std::size_t end) {
    const std::string_view word = line.substr(begin, end - begin);
    if (word.find('<') != std::string_view::npos) {
        add_word(line, begin, end);
        return;
    }
    std::size_t from = after_name(line, begin, end);
    std::size_t to = end;
    while (from < to && kOpening.find(line[from]) != std::string_view::npos) ++from;
    while (to > from && kClosing.find(line[to - 1]) != std::string_view::npos) --to;
    if (from == to) return;  // Punctuation alone, or a name without a value.
    // What ends the line is looked for from the left, so it may not be in the word.
    const std::string_view closing = line.substr(to, end - to);
    const std::string_view core = line.substr(from, to - from);
    const bool ends_line = line.find_first_not_of(kBlanks, end) == std::string_view::npos;
    if (ends_line && !closing.empty() && core.find(closing.front()) != std::string_view::npos) {
        to = end;
    }
    add_word(line, from, to);
}

void LineWords::add_word(std::string_view line, std::size_t begin, std::size_t end) {
    std::string_view word = line.substr(begin, end - begin);
    // A template would take it for a capture.
    if (word.find('<') != std::string_view::npos) word = {};
    gaps.push_back(line.substr(done_, begin - done_));
    words.push_back(word);
    done_ = end;
}

bool LineWords::cut_json(std::string_view line, std::span<const std::string> message_keys) {
    bool is_message = false;
    for (std::size_t at = 0; at < line.size();) {
        if (words.size() >= kWordsMax) return !words.empty();
        if (line[at] == '"') {
            const std::size_t end = end_of_text(line, at + 1);
            if (end == std::string_view::npos) return false;
            const std::size_t next = line.find_first_not_of(kBlanks, end + 1);
            if (next != std::string_view::npos && line[next] == ':') {
                is_message = std::find(message_keys.begin(), message_keys.end(),
                                       line.substr(at + 1, end - at - 1)) != message_keys.end();
            } else if (!add_json_text(line, at + 1, end, is_message)) {
                return false;
            }
            at = end + 1;
        } else if (is_scalar_byte(line[at])) {
            std::size_t end = at;
            while (end < line.size() && is_scalar_byte(line[end])) ++end;
            add_word(line, at, end);
            at = end;
        } else {
            ++at;
        }
    }
    return !words.empty();
}

bool LineWords::add_json_text(std::string_view line, std::size_t begin, std::size_t end,
                              bool is_message) {
    const std::string_view text = line.substr(begin, end - begin);
    // An escaped quote before what may follow the text would be taken for its end.
    for (const std::string_view stop : {"\\\",", "\\\"}", "\\\"]"}) {
        if (text.find(stop) != std::string_view::npos) return false;
    }
    if (!is_message && text.find("\\\" ") != std::string_view::npos) return false;
    if (text.ends_with("\\\"")) return false;
    if (!is_message) {
        if (!text.empty()) add_word(line, begin, end);
        return true;
    }
    std::size_t at = begin;
    while (words.size() < kWordsMax) {
        at = line.find_first_not_of(kBlanks, at);
        if (at >= end) break;
        const std::size_t stop = std::min(line.find_first_of(kBlanks, at), end);
        add_word(line, at, stop);
        at = stop;
    }
    return true;
}

bool LineWords::finish(std::string_view line) {
    std::string_view rest = line.substr(done_);
    // What is cut off begins after a blank, so that it cannot touch the last word's capture.
    const bool is_cut = words.size() >= kWordsMax || line.size() > kBytesMax ||
                        rest.find('\n') != std::string_view::npos;
    if (is_cut) {
        const std::size_t blank = rest.find_first_of(" \t\r\n");
        if (blank == std::string_view::npos) {
            if (!rest.empty()) return false;
        } else {
            has_tail = blank + 1 < rest.size();
            rest = rest.substr(0, blank + 1);
        }
    }
    gaps.push_back(rest);
    if (!is_valid_utf8(line.substr(0, done_ + rest.size()))) return false;
    std::uint64_t hash = has_tail ? 1 : 0;
    for (const std::string_view gap : gaps) {
        if (gap.find('<') != std::string_view::npos) return false;
        hash = (hash ^ hash64(gap)) * 0x9E3779B97F4A7C15U;
    }
    shape = hash;
    return true;
}

}  // namespace skald::write
