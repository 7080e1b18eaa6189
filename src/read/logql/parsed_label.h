// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/read/logql/stage.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// A key as a label name (logql 3.2): no white space around it, '_' in front of a digit (only if
/// nothing is in `out` yet), '_' for every character that names don't have. Appended to `out`;
/// a blank key appends nothing.
void append_label_name(std::string& out, std::string_view key);

/// A value without U+FFFD and bytes that are no UTF-8: a blank for each. A view into `value` if it
/// has none.
std::string_view without_replacements(std::string_view value, StageRow& row);

/// The content of a JSON string as a label's value: escapes resolved (nothing is left if one of
/// them is wrong), and as above.
std::string_view json_string_value(std::string_view text, bool escaped, StageRow& row);

/// A label that a stage may set, known when the query is compiled.
struct ParsedName {
    std::string name;
    std::string suffixed;      ///< With "_extracted".
    bool plain_wanted = true;  ///< Whether anybody reads it under the one name, and the other.
    bool suffixed_wanted = true;

    bool wanted() const { return plain_wanted || suffixed_wanted; }
    /// What to call it in `row`; empty if nobody reads that.
    std::string_view in(const StageRow& row) const {
        if (row.is_base(name)) return suffixed_wanted ? suffixed : std::string_view();
        return plain_wanted ? name : std::string_view();
    }
};
ParsedName make_parsed_name(std::string_view name, const WantedLabels& wanted);

/// The labels that somebody reads, by the keys that give them.
class WantedKeys {
public:
    explicit WantedKeys(const WantedLabels& wanted);

    bool all() const { return wanted_.all; }
    bool none() const { return !wanted_.all && wanted_.names.empty(); }
    /// Whether a line may be left once all labels are there.
    bool bounded() const { return bounded_; }
    const std::vector<std::string>& names() const { return wanted_.names; }

    /// The label of a key that is not escaped, or null.
    const ParsedName* find_key(std::string_view key) const;
    /// The label of a name, or null.
    const ParsedName* find(std::string_view name) const;
    /// Whether some name begins like this.
    bool any_starts_with(std::string_view prefix) const;

private:
    static constexpr std::size_t kLengths = 64;

    const ParsedName* find_odd(std::string_view key) const;

    WantedLabels wanted_;
    bool bounded_ = false;
    std::vector<ParsedName> names_;  ///< By length.
    /// The names of length n are [starts_[n], starts_[n + 1]); the last has all longer ones.
    std::array<std::uint16_t, kLengths + 2> starts_{};
};

/// Sets the labels that a parser finds in one line.
class LabelSink {
public:
    LabelSink(const WantedKeys& wanted, StageRow& row) : wanted_(wanted), row_(row) {}

    /// What to call the label of a key, empty if it is not to be set: nobody reads it, or it is
    /// there already.
    std::string_view name_of(std::string_view key);
    /// The same for a name that was made by append_label_name.
    std::string_view name_of_made(std::string_view name);
    /// Sets it. False if the line need not be read any further.
    bool set(std::string_view name, std::string_view value);

    StageRow& row() { return row_; }
    const WantedKeys& wanted() const { return wanted_; }

private:
    /// More labels than anybody means to have; searching them for repeats takes time.
    static constexpr std::size_t kLabelsMax = 4096;

    std::string_view free_name(std::string_view name);
    std::string_view in_row(const ParsedName* name);
    bool complete() const;

    const WantedKeys& wanted_;
    StageRow& row_;
    std::size_t set_ = 0;
};

}  // namespace skald::read
