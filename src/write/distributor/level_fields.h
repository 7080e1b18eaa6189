// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "byte_vectors.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// The names of fields that may hold a level (`log_level_fields`), and the search for such a field
/// in a line.
///
/// A search first looks, with vectors, for the last byte of a name in front of the byte that
/// follows names in the format; most lines without a level field are done then. Only a line that
/// has one is taken apart, from its beginning. Threading: immutable.
class LevelFields {
public:
    explicit LevelFields(const std::vector<std::string>& names);

    const std::vector<std::string>& names() const noexcept { return names_; }
    std::size_t size() const noexcept { return names_.size(); }
    /// The place of `name` in the list, or `size()`.
    std::size_t rank(std::string_view name) const noexcept;
    /// The same whatever the case of ASCII letters.
    std::size_t rank_ignoring_case(std::string_view name) const noexcept;

    /// The first string value under one of the names in the JSON object `line`, depth first in
    /// document order, through at most `max_depth` levels of objects (0 or less: any number).
    /// Empty if there is none or the text goes wrong before it. The value is as written.
    std::string_view find_in_json(std::string_view line, std::int32_t max_depth) const noexcept;

    /// The value of the field of a logfmt line whose name, in any case, is earliest in the list; of
    /// several with one name the first. Empty if there is none or the text goes wrong before it.
    std::string_view find_in_logfmt(std::string_view line) const noexcept;

private:
    /// True if a name in any case stands directly before some `follower`, with nothing, or a byte
    /// that `opens` allows, before it.
    bool may_have_field(std::string_view line, char follower, bool (*opens)(char)) const noexcept;
    bool ends_with_name(std::string_view text, bool (*opens)(char)) const noexcept;

    std::vector<std::string> names_;
    std::vector<std::string> lower_names_;
    std::vector<std::string> searched_names_;  ///< The same, each once: case makes most of them.
    std::uint64_t lengths_ = 0;  ///< Bit n is set if a name has n bytes (63: or more).
    NibbleTables last_bytes_;    ///< The last byte of each name, in both cases.
    bool searchable_ = true;     ///< False if a name ends in a byte that the tables can't hold.
};

}  // namespace skald::write
