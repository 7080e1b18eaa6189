// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace skald {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// "debug" | "info" | "warn" | "error", or nothing.
std::optional<LogLevel> parse_log_level(std::string_view text);
std::string_view to_string(LogLevel level) noexcept;

/// One key=value of a log line.
struct LogField {
    std::string_view key;
    std::string value;

    LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogField(std::string_view k, const char* v) : key(k), value(v) {}
    LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
    LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) LogField(std::string_view k, T v)
        : key(k), value(std::to_string(v)) {}
};

/// Writes `ts=… level=… msg=… key=value …` to stderr (logfmt), or the same as one JSON object a
/// line after set_log_format("json"). One logger a process, because a log line is wanted exactly
/// where nothing else can be handed down. Threading: thread-safe.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
inline void log_debug(std::string_view m, std::initializer_list<LogField> f = {}) {
    log(LogLevel::kDebug, m, f);
}
inline void log_info(std::string_view m, std::initializer_list<LogField> f = {}) {
    log(LogLevel::kInfo, m, f);
}
inline void log_warn(std::string_view m, std::initializer_list<LogField> f = {}) {
    log(LogLevel::kWarn, m, f);
}
inline void log_error(std::string_view m, std::initializer_list<LogField> f = {}) {
    log(LogLevel::kError, m, f);
}

void set_log_level(LogLevel level);
LogLevel log_level();
/// "logfmt" (default) or "json"; false if it is neither.
bool set_log_format(std::string_view format);
/// Lines of this level that were written since the start.
std::uint64_t log_lines(LogLevel level);
/// True if a line of this level would be written; ask before building expensive fields.
bool log_enabled(LogLevel level);

}  // namespace skald
