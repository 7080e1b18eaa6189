// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "level_fields.h"

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/limits.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace skald::write {

/// Finds the level of an entry: `detected_level` (http-api 4.8). The parts are asked in the order
/// of the functions here; the first that is not empty wins.
///
/// Texts returned are constants or views into what was given.
/// Threading: immutable.
class LevelDetector {
public:
    explicit LevelDetector(const Limits& limits)
        : fields_(limits.log_level_fields), json_depth_(limits.log_level_from_json_max_depth) {}

    /// From the labels of the stream, or "".
    std::string_view from_labels(const Labels& labels) const;
    /// From structured metadata, OTLP's `severity_number` among it, or "".
    std::string_view from_metadata(std::span<const LabelView> metadata) const;
    /// From the line; "unknown" if it says nothing.
    std::string_view from_line(std::string_view line) const;

    /// The usual name of a level ("WRN" gives "warn"); what is no level stays as it is.
    static std::string_view normalize(std::string_view text);

private:
    LevelFields fields_;
    std::int32_t json_depth_;
};

}  // namespace skald::write
