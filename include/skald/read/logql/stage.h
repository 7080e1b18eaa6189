// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/time.h>
#include <skald/read/logql/label_filter.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::read {

/// One row while the stages of a pipeline run over it: its line and its labels in three categories
/// (stream, structured metadata, parsed). A name is in one category only.
/// Views handed in must live until the row is done; `keep` makes a copy that does.
/// Threading: single-owner.
class StageRow : public LabelLookup {
public:
    virtual TimeNs time() const = 0;
    virtual std::string_view line() const = 0;
    virtual void set_line(std::string_view line) = 0;

    /// True for a stream label or structured metadata: a parsed name that meets one gets
    /// "_extracted".
    virtual bool is_base(std::string_view name) const = 0;
    /// True if a parser or format stage set it: a later parser does not overwrite it.
    virtual bool is_parsed(std::string_view name) const = 0;
    /// Sets a parsed label, replacing one of that name in any category.
    virtual void set_parsed(std::string_view name, std::string_view value) = 0;
    virtual void remove(std::string_view name) = 0;
    /// Calls `use` for each label (the error labels too, if set).
    virtual void for_each(
        const std::function<void(std::string_view name, std::string_view value)>& use) const = 0;

    virtual bool has_error() const = 0;
    virtual void set_error(std::string type, std::string details) = 0;

    /// A copy of `text` that lives as long as the row.
    virtual std::string_view keep(std::string text) = 0;
};

/// Which labels anybody reads after a parser: it extracts only those.
struct WantedLabels {
    bool all = true;
    std::vector<std::string> names;  ///< Without `all`: sorted, unique.

    bool contains(std::string_view name) const {
        return all || std::binary_search(names.begin(), names.end(), name);
    }
};

}  // namespace skald::read
