// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// What a line is written in, as far as fields can be found in it.
enum class LineFormat { kPlain, kJson, kLogfmt };

/// "json", "logfmt", "".
std::string_view to_string(LineFormat format) noexcept;

/// A value that a line names.
struct LineField {
    std::string name;  ///< As the stage `| json` or `| logfmt` would call the label.
    std::string value;
    std::vector<std::string> path;  ///< Of JSON: the keys that lead to the value.
};

/// Finds the fields of lines without being told their format: JSON if the whole line reads as an
/// object, else logfmt without strictness (logql 3.2, 3.3). Empty values are left out, as are
/// arrays and nulls. Threading: single-owner; reused from line to line.
class LineFields {
public:
    /// Fields of one line at most.
    static constexpr std::size_t kFieldsMax = 1024;

    /// `kPlain` if there are none.
    LineFormat read(std::string_view line);
    /// Of the last line; a name once.
    const std::vector<LineField>& fields() const noexcept { return fields_; }

private:
    bool read_json(std::string_view object, int depth);
    void read_logfmt(std::string_view line);
    void add(std::string_view name, std::string value, bool with_path);

    std::vector<LineField> fields_;
    std::vector<std::string> path_;
};

}  // namespace skald::read
