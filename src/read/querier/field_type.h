// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

/// `kZero` is the int that durations are written as, too.
enum class FieldType { kZero, kInt, kFloat, kBoolean, kDuration, kBytes, kString };

/// The first type that reads the value, in this order (http-api section 11).
FieldType field_type_of(std::string_view value);
/// The type that holds values of both, as `unwrap` and comparisons read them: a size needs no unit,
/// a duration of 0 neither. Of several values it is the same in whatever order they come.
FieldType common_type(FieldType a, FieldType b) noexcept;
/// As `detected_fields` names it.
std::string_view to_string(FieldType type) noexcept;

/// Bytes in steps of 1000 as go-humanize writes them, without the space: "82B", "3.0kB", "12MB".
std::string humanized_bytes(std::uint64_t bytes);

}  // namespace skald::read
