// SPDX-License-Identifier: Apache-2.0
#include "log_repeats.h"
#include "log_text.h"

#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/bounded_text.h>
#include <skald/foundation/telemetry/log_line.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <ctime>

namespace skald {

namespace {

std::atomic<LogLevel> current_level{LogLevel::kInfo};
std::atomic<bool> as_json{false};
std::array<std::atomic<std::uint64_t>, 4> lines_of_level{};

spdlog::logger& logger() {
    // The line is formatted here, so that logfmt quoting and JSON escaping are ours.
    static const auto instance = [] {
        auto made = spdlog::stderr_logger_mt("skald");
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug: return spdlog::level::debug;
        case LogLevel::kInfo: return spdlog::level::info;
        case LogLevel::kWarn: return spdlog::level::warn;
        case LogLevel::kError: return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string timestamp() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
    const auto seconds = static_cast<std::time_t>(millis / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(millis % 1000));
    return text;
}

LogRepeats& repeats() {
    static LogRepeats instance;
    return instance;
}

std::int64_t millis() {
    const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count();
}

std::uint64_t hash_of(LogLevel level, std::string_view message, std::span<const LogField> fields) {
    std::uint64_t hash = hash64(message) + static_cast<std::uint64_t>(level);
    for (const LogField& field : fields)
        hash = std::rotl(hash, 7) * 0x9E3779B97F4A7C15ULL ^ hash64(field.key) ^
               std::rotl(hash64(field.value), 32);
    return hash;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view text) {
    if (text == "debug") return LogLevel::kDebug;
    if (text == "info") return LogLevel::kInfo;
    if (text == "warn" || text == "warning") return LogLevel::kWarn;
    if (text == "error") return LogLevel::kError;
    return std::nullopt;
}

std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::kDebug: return "debug";
        case LogLevel::kInfo: return "info";
        case LogLevel::kWarn: return "warn";
        case LogLevel::kError: return "error";
    }
    return "info";
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    log_line(level, message, std::span(fields.begin(), fields.size()));
}

void log_line(LogLevel level, std::string_view message, std::span<const LogField> fields,
              std::size_t value_max) {
    if (!log_enabled(level)) return;
    const LogRepeats::Verdict verdict = repeats().judge(hash_of(level, message, fields), millis());
    if (!verdict.pass) return;
    const bool json = as_json.load(std::memory_order_relaxed);
    const auto append = json ? append_json : append_logfmt;
    std::string line;
    append(line, "ts", timestamp());
    append(line, "level", to_string(level));
    // Clients choose the length of what errors quote, and how often they provoke one.
    append(line, "msg", bounded_text(message, kLogValueMax));
    for (const LogField& field : fields)
        append(line, field.key, bounded_text(field.value, value_max));
    if (verdict.held_back > 0) append(line, "repeated", std::to_string(verdict.held_back));
    if (json) line.push_back('}');
    lines_of_level.at(static_cast<std::size_t>(level)).fetch_add(1, std::memory_order_relaxed);
    logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t log_lines(LogLevel level) {
    return lines_of_level.at(static_cast<std::size_t>(level)).load(std::memory_order_relaxed);
}

void set_log_level(LogLevel level) {
    current_level.store(level);
}

LogLevel log_level() {
    return current_level.load();
}

bool set_log_format(std::string_view format) {
    if (format != "logfmt" && format != "json") return false;
    as_json.store(format == "json");
    return true;
}

bool log_enabled(LogLevel level) {
    return level >= current_level.load(std::memory_order_relaxed);
}

}  // namespace skald
