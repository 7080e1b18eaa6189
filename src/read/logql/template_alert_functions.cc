// SPDX-License-Identifier: Apache-2.0
//
// Functions that only the templates of alerts have
// (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/).
#include "template_functions.h"
#include "template_number.h"

#include <skald/foundation/model/time.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace skald::read {

namespace {

using Call = TemplateCall;

/// %.4g with a suffix.
std::string four_digits(double value, const char* suffix) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return std::string(text.data()) + suffix;
}

bool is_special(double value) {
    return value == 0 || !std::isfinite(value);
}

std::string special_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return "0";
}

bool call_humanize(Call& call) {
    static constexpr std::array<const char*, 8> kLarge = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    static constexpr std::array<const char*, 8> kSmall = {"m", "u", "n", "p", "f", "a", "z", "y"};
    double value = to_float64(call.arguments[0]);
    if (is_special(value)) return call.give_text(special_text(value));
    const char* suffix = "";
    if (std::fabs(value) >= 1) {
        for (std::size_t i = 0; i < kLarge.size() && std::fabs(value) >= 1000; ++i) {
            suffix = kLarge[i];
            value /= 1000;
        }
    } else {
        for (std::size_t i = 0; i < kSmall.size() && std::fabs(value) < 1; ++i) {
            suffix = kSmall[i];
            value *= 1000;
        }
    }
    return call.give_text(four_digits(value, suffix));
}

bool call_humanize1024(Call& call) {
    static constexpr std::array<const char*, 8> kLarge = {"ki", "Mi", "Gi", "Ti",
                                                          "Pi", "Ei", "Zi", "Yi"};
    double value = to_float64(call.arguments[0]);
    if (std::fabs(value) <= 1 || !std::isfinite(value))
        return call.give_text(is_special(value) ? special_text(value) : four_digits(value, ""));
    const char* suffix = "";
    for (std::size_t i = 0; i < kLarge.size() && std::fabs(value) >= 1024; ++i) {
        suffix = kLarge[i];
        value /= 1024;
    }
    return call.give_text(four_digits(value, suffix));
}

std::string days_text(double value) {
    const char* sign = value < 0 ? "-" : "";
    const auto whole = static_cast<std::int64_t>(std::fabs(value));
    const std::string seconds = std::to_string(whole % 60) + "s";
    const std::string minutes = std::to_string(whole / 60 % 60) + "m ";
    const std::string hours = std::to_string(whole / 3600 % 24) + "h ";
    const std::int64_t days = whole / 86400;
    if (days != 0) return sign + std::to_string(days) + "d " + hours + minutes + seconds;
    if (whole >= 3600) return sign + hours + minutes + seconds;
    return sign + minutes + seconds;
}

bool call_humanize_duration(Call& call) {
    static constexpr std::array<const char*, 8> kSmall = {"m", "u", "n", "p", "f", "a", "z", "y"};
    double value = to_float64(call.arguments[0]);
    if (!std::isfinite(value)) return call.give_text(special_text(value));
    if (value == 0) return call.give_text(std::string("0s"));
    if (std::fabs(value) >= 1e15) return call.give_text(four_digits(value, "s"));
    if (std::fabs(value) >= 60) return call.give_text(days_text(value));
    std::string suffix;
    for (std::size_t i = 0; i < kSmall.size() && std::fabs(value) < 1; ++i) {
        suffix = kSmall[i];
        value *= 1000;
    }
    return call.give_text(four_digits(value, (suffix + "s").c_str()));
}

bool call_humanize_percentage(Call& call) {
    return call.give_text(four_digits(to_float64(call.arguments[0]) * 100, "%"));
}

bool call_humanize_timestamp(Call& call) {
    const double value = to_float64(call.arguments[0]);
    if (!std::isfinite(value) || std::fabs(value) > 9e9)
        return call.give_text(is_special(value) ? special_text(value) : four_digits(value, ""));
    std::string text = format_rfc3339(static_cast<TimeNs>(value * 1e9));
    // 2026-11-22T04:12:00Z is spelled 2026-11-22 04:12:00 +0000 UTC.
    if (text.size() >= 20) {
        text[10] = ' ';
        text.pop_back();
        text += " +0000 UTC";
    }
    return call.give_text(std::move(text));
}

bool call_match(Call& call) {
    const auto count = count_matches(*call.regex, call.text(1), call.context.effort);
    if (!count) return call.fail(count.error().message);
    return call.give(Value::of(*count > 0));
}

bool call_replace(Call& call) {
    return call.give_text(replace_matches(*call.regex, call.text(2), call.text(1), false,
                                          kTemplateTextMax, call.context.effort));
}

bool call_strip_port(Call& call) {
    const std::string_view text = call.text(0);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(':') != colon) return call.give_view(text);
    return call.give_view(text.substr(0, colon));
}

bool call_strip_domain(Call& call) {
    const std::string_view text = call.text(0);
    return call.give_view(text.substr(0, std::min(text.find('.'), text.size())));
}

constexpr TemplateFunction with_regex(TemplateFunction function) {
    function.takes_regex = true;
    return function;
}

constexpr auto kS = ParameterType::kString;
constexpr std::array kFunctions = {
    takes_any("humanize", call_humanize, 1),
    takes_any("humanize1024", call_humanize1024, 1),
    takes_any("humanizeDuration", call_humanize_duration, 1),
    takes_any("humanizePercentage", call_humanize_percentage, 1),
    takes_any("humanizeTimestamp", call_humanize_timestamp, 1),
    with_regex(takes("match", call_match, 2, {kS, kS})),
    with_regex(takes("reReplaceAll", call_replace, 3, {kS, kS, kS})),
    takes("stripPort", call_strip_port, 1, {kS}),
    takes("stripDomain", call_strip_domain, 1, {kS}),
};

}  // namespace

std::span<const TemplateFunction> template_alert_functions() {
    return kFunctions;
}

}  // namespace skald::read
