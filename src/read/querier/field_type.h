// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace skald::read {

enum class FieldType { kInt, kFloat, kBoolean, kDuration, kBytes, kString };

/// The first type that reads the value, in this order (http-api section 11).
FieldType field_type_of(std::string_view value);
/// The type that holds values of both.
FieldType common_type(FieldType a, FieldType b) noexcept;
/// As `detected_fields` names it.
std::string_view to_string(FieldType type) noexcept;

/// Bytes in steps of 1000 as go-humanize writes them, without the space: "82B", "3.0kB", "12MB".
std::string humanized_bytes(std::uint64_t bytes);

}  // namespace skald::read
