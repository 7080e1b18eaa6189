// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace skald {

/// Go's strconv.Quote: printable UTF-8 stays, control bytes and invalid UTF-8 are escaped.
std::string go_quote(std::string_view text);
void append_go_quoted(std::string& out, std::string_view text);

/// Shortest decimal that reads back as `value`, never with an exponent (Go's 'f', -1, 64);
/// "NaN", "+Inf", "-Inf".
std::string format_float(double value);

/// Go's strconv.ParseFloat(text, 64). Errors: kInvalidArgument with Go's text
/// (`strconv.ParseFloat: parsing "x": invalid syntax`).
Result<double> parse_float(std::string_view text);
/// Go's strconv.ParseInt(text, 10, 64). Errors as above, with the function's name.
Result<std::int64_t> parse_int(std::string_view text);

/// Sizes as go-humanize reads them: "5MB" (1000²), "5MiB", "5 kB", "5k", "5Ki", "42". PB/PiB too.
/// Errors: kInvalidArgument.
Result<std::uint64_t> parse_humanized_bytes(std::string_view text);
/// Sizes as dskit's flagext.ByteSize reads them in configuration: base 1024 for KB, MB, GB, … and
/// KiB.
Result<std::uint64_t> parse_byte_size(std::string_view text);
/// "256KB", "4MB", "0B": the inverse of parse_byte_size.
std::string format_byte_size(std::uint64_t bytes);

/// True if `text` is well-formed UTF-8. Fast on ASCII.
bool is_valid_utf8(std::string_view text) noexcept;
/// Each maximal ill-formed sequence replaced as Go's strings.ToValidUTF8 / JSON encoding does:
/// U+FFFD per bad byte.
std::string to_valid_utf8(std::string_view text);

/// Appends `text` as the inside of a JSON string (no quotes): HTML-safe escapes (<, >, & as
/// \u003c…), U+2028/9 escaped, invalid UTF-8 bytes as \ufffd.
void append_json_escaped(std::string& out, std::string_view text);

/// True if `name` is a legal label name: [a-zA-Z_][a-zA-Z0-9_]*.
bool is_valid_label_name(std::string_view name) noexcept;
/// The OTLP → Prometheus name rule (spec: http-api 6.4): every run of characters outside
/// [a-zA-Z0-9] becomes one '_'; `__x__` keeps its wrapping; a leading digit gets "key_". Errors:
/// kInternal, `normalization for label name "%s" resulted in invalid name "%s"` or `label name is
/// empty`.
Result<std::string> normalize_label_name(std::string_view name);
/// True for names that the rule above leaves as they are, but for `__x__`: nearly all.
bool is_normalized_label_name(std::string_view name) noexcept;

}  // namespace skald
