// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace skald::write {

/// True if the line is between braces, white space aside.
bool looks_like_json_object(std::string_view line);

/// Looks through the members of a JSON object for a string, without building anything. The text may
/// be malformed: it is read as far as it makes sense, in one pass and without recursion.
/// Threading: single-owner.
class JsonFieldReader {
public:
    explicit JsonFieldReader(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    /// The first string value, as it is written, whose name `wanted(name)` accepts: depth first in
    /// document order, in objects nested at most `max_depth` deep (0 or less: any depth; arrays are
    /// not entered). Empty if there is none.
    template <class Wanted>
    std::string_view find_string(Wanted wanted, std::int32_t max_depth) {
        std::int64_t depth = 1;
        if (!take('{')) return {};
        for (;;) {
            std::string_view name;
            if (take('}')) {
                if (!leave_objects(depth)) return {};
                continue;
            }
            if (!read_string(name) || !take(':')) return {};
            const char next = peek();
            if (next == '"') {
                std::string_view value;
                if (!read_string(value)) return {};
                if (wanted(name)) return value;
            } else if (next == '{' && (max_depth <= 0 || depth < max_depth)) {
                ++at_;
                ++depth;
                continue;
            } else if (!skip_other(next)) {
                return {};
            }
            if (!take(',') && (!take('}') || !leave_objects(depth))) return {};
        }
    }

    /// The text, number or truth value, as it is written but without quotes, that `way` leads to:
    /// names of members of objects in each other. Empty if there is none. Requires: !way.empty().
    std::string_view find_at(std::span<const std::string> way);

private:
    char peek();
    bool take(char token);
    bool read_string(std::string_view& text);
    /// Steps over a value that is no string.
    bool skip_other(char first);
    bool skip_nested();
    /// Behind a closing brace: closes what else ends here. False if nothing more follows.
    bool leave_objects(std::int64_t& depth);

    const char* at_;
    const char* end_;
};

}  // namespace skald::write
