// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace skald::write {

/// Control bytes count as white space in logfmt.
inline bool is_logfmt_space(char c) {
    return static_cast<unsigned char>(c) <= ' ';
}

/// Reads the `name=value` fields of a line by the rules of go-logfmt: a name without `=` is a field
/// without value; a stray quote or `=`, an unfinished quoted value or a name that is not UTF-8 ends
/// the reading.
/// Threading: single-owner.
class LogfmtFieldReader {
public:
    explicit LogfmtFieldReader(std::string_view line) : rest_(line) {}

    /// Steps to the next field; false at the end or where the line stops being logfmt.
    bool next();
    std::string_view name() const { return name_; }
    /// Without the quotes; escapes are left as they are.
    std::string_view value() const { return value_; }

private:
    bool read_name();
    bool read_value();
    bool read_quoted();

    std::string_view rest_;
    std::string_view name_;
    std::string_view value_;
};

}  // namespace skald::write
