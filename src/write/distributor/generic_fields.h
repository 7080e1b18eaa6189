// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/limits.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// Finds metadata that `discover_generic_fields` asks for (http-api 4.9).
/// Threading: immutable.
class GenericFields {
public:
    explicit GenericFields(const Limits& limits);

    bool empty() const noexcept { return fields_.empty(); }
    /// Appends each field that is found: in the stream's labels, in `metadata`, in the line as JSON
    /// or logfmt, whichever is first; of several places of one kind the one that is named first.
    /// Views are into this object and into what was given.
    void find(const Labels& labels, std::span<const LabelView> metadata, std::string_view line,
              std::vector<LabelView>& found) const;

private:
    struct Field {
        std::string name;
        std::vector<std::string> places;               ///< Names of labels, metadata, fields.
        std::vector<std::vector<std::string>> nested;  ///< Places as ways through objects of JSON.

        std::string_view in_labels(const Labels& labels) const;
        std::string_view in_metadata(std::span<const LabelView> metadata) const;
        std::string_view in_json(std::string_view line) const;
        std::string_view in_logfmt(std::string_view line) const;
    };

    std::vector<Field> fields_;
};

}  // namespace skald::write
