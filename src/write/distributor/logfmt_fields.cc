// SPDX-License-Identifier: Apache-2.0
#include "logfmt_fields.h"

#include <skald/foundation/model/text.h>

#include <cstddef>

namespace skald::write {

bool LogfmtFieldReader::next() {
    name_ = {};
    value_ = {};
    while (!rest_.empty() && is_logfmt_space(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty() || !read_name()) return false;
    if (rest_.empty() || rest_.front() != '=') return true;
    rest_.remove_prefix(1);
    if (rest_.empty() || is_logfmt_space(rest_.front())) return true;
    return rest_.front() == '"' ? read_quoted() : read_value();
}

bool LogfmtFieldReader::read_name() {
    std::size_t length = 0;
    bool ascii = true;
    for (; length < rest_.size(); ++length) {
        const char c = rest_[length];
        if (c == '"') return false;
        if (c == '=' || is_logfmt_space(c)) break;
        if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
    }
    if (length == 0) return false;
    name_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return ascii || is_valid_utf8(name_);
}

bool LogfmtFieldReader::read_value() {
    std::size_t length = 0;
    for (; length < rest_.size() && !is_logfmt_space(rest_[length]); ++length)
        if (rest_[length] == '=' || rest_[length] == '"') return false;
    value_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
}

bool LogfmtFieldReader::read_quoted() {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
        if (rest_[i] == '\\') {
            ++i;
        } else if (rest_[i] == '"') {
            value_ = rest_.substr(1, i - 1);
            rest_.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

}  // namespace skald::write
