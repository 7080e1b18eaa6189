// SPDX-License-Identifier: Apache-2.0
#include "parsed_label.h"

#include "byte_scan.h"
#include "json_text.h"
#include "template_text.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/utf8.h>

#include <algorithm>
#include <utility>

namespace skald::read {

namespace {

/// With more names, asking for each after each label would cost more than the rest of the line.
constexpr std::size_t kBoundedMax = 64;
constexpr std::string_view kSuffix = "_extracted";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_blank(char c) {
    return static_cast<unsigned char>(c) <= ' ';
}

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/// Errors are not labels of the line.
bool is_reserved(std::string_view name) {
    return name == "__error__" || name == "__error_details__";
}

/// `key` has no characters that change the length of the name.
bool becomes(std::string_view key, std::string_view name) {
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i] != name[i] && (name[i] != '_' || is_name_byte(key[i]))) return false;
    }
    return true;
}

bool changes_length(std::string_view key) {
    return is_digit(key.front()) || is_blank(key.front()) || is_blank(key.back()) ||
           !is_all_ascii(key);
}

}  // namespace

void append_label_name(std::string& out, std::string_view key) {
    if (key.empty()) return;
    const bool ascii = is_all_ascii(key);
    if (!ascii || is_blank(key.front()) || is_blank(key.back())) key = trim_space(key);
    if (key.empty()) return;
    if (out.empty() && is_digit(key.front())) out.push_back('_');
    for (std::size_t i = 0; i < key.size();) {
        out.push_back(is_name_byte(key[i]) ? key[i] : '_');
        i += ascii ? 1 : std::max<std::size_t>(utf8_length(key, i), 1);
    }
}

std::string_view without_replacements(std::string_view value, StageRow& row) {
    if (is_all_ascii(value)) return value;
    if (is_valid_utf8(value) && value.find(kReplacement) == std::string_view::npos) return value;
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size();) {
        const std::size_t length = utf8_length(value, i);
        const std::string_view character = value.substr(i, std::max<std::size_t>(length, 1));
        if (length == 0 || character == kReplacement) {
            out.push_back(' ');
        } else {
            out.append(character);
        }
        i += character.size();
    }
    return row.keep(std::move(out));
}

std::string_view json_string_value(std::string_view text, bool escaped, StageRow& row) {
    if (!escaped) return without_replacements(text, row);
    std::optional<std::string> plain = unescape_json(text);
    if (!plain) return {};
    return without_replacements(row.keep(*std::move(plain)), row);
}

ParsedName make_parsed_name(std::string_view name, const WantedLabels& wanted) {
    ParsedName made;
    made.name = name;
    made.suffixed = made.name + std::string(kSuffix);
    made.plain_wanted = wanted.contains(made.name) && !is_reserved(name);
    made.suffixed_wanted = wanted.contains(made.suffixed) && !is_reserved(name);
    return made;
}

WantedKeys::WantedKeys(const WantedLabels& wanted) : wanted_(wanted) {
    if (wanted_.all) return;
    bounded_ = !wanted_.names.empty() && wanted_.names.size() <= kBoundedMax &&
               std::none_of(wanted_.names.begin(), wanted_.names.end(), is_reserved);
    std::vector<std::string_view> keys(wanted_.names.begin(), wanted_.names.end());
    for (const std::string& name : wanted_.names) {
        if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) {
            keys.push_back(std::string_view(name).substr(0, name.size() - kSuffix.size()));
        }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::stable_sort(keys.begin(), keys.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    for (const std::string_view key : keys) {
        if (names_.size() == UINT16_MAX) break;
        // Keys are compared with names as they are, which only works for what may be a name.
        ParsedName made = make_parsed_name(key, wanted_);
        if (made.wanted() && is_valid_label_name(key)) names_.push_back(std::move(made));
    }
    for (const ParsedName& name : names_) ++starts_[std::min(name.name.size(), kLengths) + 1];
    for (std::size_t i = 1; i < starts_.size(); ++i) {
        starts_[i] = static_cast<std::uint16_t>(starts_[i] + starts_[i - 1]);
    }
}

const ParsedName* WantedKeys::find(std::string_view name) const {
    const std::size_t slot = std::min(name.size(), kLengths);
    for (std::size_t i = starts_[slot]; i < starts_[slot + 1]; ++i) {
        if (names_[i].name == name) return &names_[i];
    }
    return nullptr;
}

const ParsedName* WantedKeys::find_key(std::string_view key) const {
    if (key.empty()) return nullptr;
    if (changes_length(key)) return find_odd(key);
    const std::size_t slot = std::min(key.size(), kLengths);
    for (std::size_t i = starts_[slot]; i < starts_[slot + 1]; ++i) {
        const std::string& name = names_[i].name;
        if (name.size() == key.size() && becomes(key, name)) return &names_[i];
    }
    return nullptr;
}

const ParsedName* WantedKeys::find_odd(std::string_view key) const {
    std::string name;
    append_label_name(name, key);
    return find(name);
}

bool WantedKeys::any_starts_with(std::string_view prefix) const {
    return wanted_.all || std::any_of(names_.begin(), names_.end(), [&](const ParsedName& name) {
               return name.name.starts_with(prefix);
           });
}

std::string_view LabelSink::name_of(std::string_view key) {
    if (!wanted_.all()) return in_row(wanted_.find_key(key));
    if (is_valid_label_name(key)) return free_name(key);
    std::string name;
    append_label_name(name, key);
    return name.empty() ? std::string_view() : free_name(row_.keep(std::move(name)));
}

std::string_view LabelSink::name_of_made(std::string_view name) {
    if (!wanted_.all()) return in_row(wanted_.find(name));
    return name.empty() ? std::string_view() : free_name(row_.keep(std::string(name)));
}

std::string_view LabelSink::in_row(const ParsedName* name) {
    if (name == nullptr) return {};
    const std::string_view called = name->in(row_);
    return called.empty() || row_.is_parsed(called) ? std::string_view() : called;
}

std::string_view LabelSink::free_name(std::string_view name) {
    if (is_reserved(name) || set_ >= kLabelsMax) return {};
    if (row_.is_base(name)) name = row_.keep(std::string(name) + std::string(kSuffix));
    return row_.is_parsed(name) ? std::string_view() : name;
}

bool LabelSink::set(std::string_view name, std::string_view value) {
    row_.set_parsed(name, value);
    ++set_;
    return !wanted_.bounded() || !complete();
}

bool LabelSink::complete() const {
    const std::vector<std::string>& names = wanted_.names();
    return std::all_of(names.begin(), names.end(),
                       [this](const std::string& name) { return row_.is_parsed(name); });
}

}  // namespace skald::read
