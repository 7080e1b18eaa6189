// SPDX-License-Identifier: Apache-2.0
#include "template_functions.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace skald::read {

namespace {

using Call = TemplateCall;

GoTime of_nanos(std::int64_t nanos, const ZoneOfTime& zone) {
    return GoTime::from_unix(0, nanos, zone);
}

GoTime now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return of_nanos(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count(),
                    local_zone());
}

bool give_time(Call& call, const GoTime& time) {
    return call.give(Value::of(call.context.arena.keep(time)));
}

const GoTime& receiver(const Call& call) {
    return *call.arguments[0].time;
}

bool call_timestamp(Call& call) {
    return give_time(call, of_nanos(call.context.row.time(), local_zone()));
}
bool call_now(Call& call) {
    return give_time(call, now());
}

/// A time, or a whole number of seconds; anything else is the present.
bool call_date(Call& call) {
    const Value& value = call.arguments[1];
    GoTime time;
    if (value.type == ValueType::kTime) {
        time = value.time->in(local_zone());
    } else if (value.type == ValueType::kInt || value.type == ValueType::kInt64) {
        time = GoTime::from_unix(value.integer, 0, local_zone());
    } else {
        time = now();
    }
    return call.give_text(format_time(time, call.text(0)));
}

bool read_time(Call& call, std::string_view layout, std::string_view text, const ZoneOfTime& zone) {
    const auto time = parse_time(layout, text, zone, call.context.arena.storage());
    return give_time(call, time.value_or(GoTime{kGoZeroSeconds, 0, {}}));
}
bool call_to_date(Call& call) {
    return read_time(call, call.text(0), call.text(1), local_zone());
}
bool call_to_date_in_zone(Call& call) {
    return read_time(call, call.text(0), call.text(2),
                     load_zone(call.text(1)).value_or(ZoneOfTime{}));
}

std::int64_t wrapped(std::int64_t seconds, std::int64_t factor, std::int64_t rest) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds) *
                                         static_cast<std::uint64_t>(factor) +
                                     static_cast<std::uint64_t>(rest));
}
std::int64_t millis_of(const GoTime& time) {
    return wrapped(time.seconds, 1000, time.nanos / 1'000'000);
}
std::int64_t micros_of(const GoTime& time) {
    return wrapped(time.seconds, 1'000'000, time.nanos / 1000);
}

bool call_unix_epoch(Call& call) {
    return call.give_text(std::to_string(receiver(call).seconds));
}
bool call_unix_epoch_millis(Call& call) {
    return call.give_text(std::to_string(millis_of(receiver(call))));
}
bool call_unix_epoch_nanos(Call& call) {
    return call.give_text(std::to_string(receiver(call).unix_nanos()));
}

/// The unit follows from the number of digits.
bool call_unix_to_time(Call& call) {
    const std::string text(call.text(0));
    const Result<std::int64_t> number = parse_int(text);
    if (!number) return call.fail("unable to parse time '" + text + "': " + number.error().message);
    switch (text.size()) {
        case 5: return give_time(call, GoTime::from_unix(*number * 86400, 0, local_zone()));
        case 10: return give_time(call, GoTime::from_unix(*number, 0, local_zone()));
        case 13:
            return give_time(call, of_nanos(wrapped(*number, kNanosPerMilli, 0), local_zone()));
        case 16:
            return give_time(call, of_nanos(wrapped(*number, kNanosPerMicro, 0), local_zone()));
        case 19: return give_time(call, of_nanos(*number, local_zone()));
        default: return call.fail("unable to parse time '" + text + "'");
    }
}

constexpr auto kS = ParameterType::kString;
constexpr auto kT = ParameterType::kTime;

constexpr std::array kFunctions = {
    takes("__timestamp__", call_timestamp, 0, {}),
    takes("now", call_now, 0, {}),
    takes("date", call_date, 2, {kS, ParameterType::kAny}),
    takes("toDate", call_to_date, 2, {kS, kS}),
    takes("toDateInZone", call_to_date_in_zone, 3, {kS, kS, kS}),
    takes("unixEpoch", call_unix_epoch, 1, {kT}),
    takes("unixEpochMillis", call_unix_epoch_millis, 1, {kT}),
    takes("unixEpochNanos", call_unix_epoch_nanos, 1, {kT}),
    takes("unixToTime", call_unix_to_time, 1, {kS}),
};

// Methods of time.Time; the receiver is the argument 0.

bool time_utc(Call& call) {
    return give_time(call, receiver(call).in({}));
}
bool time_local(Call& call) {
    return give_time(call, receiver(call).in(local_zone()));
}
bool time_format(Call& call) {
    return call.give_text(format_time(receiver(call), call.text(1)));
}
bool time_string(Call& call) {
    return call.give_text(format_time(receiver(call)));
}
bool time_unix(Call& call) {
    return call.give(Value::of_int64(receiver(call).seconds));
}
bool time_unix_milli(Call& call) {
    return call.give(Value::of_int64(millis_of(receiver(call))));
}
bool time_unix_micro(Call& call) {
    return call.give(Value::of_int64(micros_of(receiver(call))));
}
bool time_unix_nano(Call& call) {
    return call.give(Value::of_int64(receiver(call).unix_nanos()));
}
bool time_nanosecond(Call& call) {
    return call.give(Value::of_int(receiver(call).nanos));
}
bool time_is_zero(Call& call) {
    return call.give(
        Value::of(receiver(call).seconds == kGoZeroSeconds && receiver(call).nanos == 0));
}

template <auto Field>
bool time_field(Call& call) {
    return call.give(Value::of_int(civil_of(receiver(call)).*Field));
}
bool time_month(Call& call) {
    return call.give(Value::whole(ValueType::kMonth, civil_of(receiver(call)).month));
}
bool time_weekday(Call& call) {
    return call.give(Value::whole(ValueType::kWeekday, civil_of(receiver(call)).weekday));
}

int compare(const GoTime& a, const GoTime& b) {
    if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
    return a.nanos == b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1;
}
bool time_before(Call& call) {
    return call.give(Value::of(compare(receiver(call), *call.arguments[1].time) < 0));
}
bool time_after(Call& call) {
    return call.give(Value::of(compare(receiver(call), *call.arguments[1].time) > 0));
}
bool time_equal(Call& call) {
    return call.give(Value::of(compare(receiver(call), *call.arguments[1].time) == 0));
}
bool time_compare(Call& call) {
    return call.give(Value::of_int(compare(receiver(call), *call.arguments[1].time)));
}

bool time_add(Call& call) {
    const GoTime& time = receiver(call);
    const std::int64_t duration = call.whole(1);
    return give_time(call, GoTime::from_unix(time.seconds + duration / kNanosPerSecond,
                                             time.nanos + duration % kNanosPerSecond, time.zone));
}
/// Saturates, as in Go.
bool time_sub(Call& call) {
    const GoTime& a = receiver(call);
    const GoTime& b = *call.arguments[1].time;
    const __int128 nanos =
        static_cast<__int128>(a.seconds - b.seconds) * kNanosPerSecond + (a.nanos - b.nanos);
    const __int128 bounded = std::min<__int128>(std::max<__int128>(nanos, kTimeMin), kTimeMax);
    return call.give(Value::whole(ValueType::kDuration, static_cast<std::int64_t>(bounded)));
}
bool time_add_date(Call& call) {
    const GoTime& time = receiver(call);
    for (std::size_t i = 1; i < 4; ++i) {
        if (call.whole(i) > 1'000'000 || call.whole(i) < -1'000'000)
            return call.fail("date out of range");
    }
    const CivilTime civil = civil_of(time);
    const std::int64_t days =
        days_of(civil.year + call.whole(1), civil.month + call.whole(2), civil.day + call.whole(3));
    const std::int64_t local = days * 86400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
    return give_time(call,
                     GoTime::from_unix(unix_of_local(local, time.zone), time.nanos, time.zone));
}

/// Down to a multiple of the duration since Go's zero time.
bool time_truncate(Call& call) {
    const GoTime& time = receiver(call);
    const std::int64_t unit = call.whole(1);
    if (unit <= 0) return give_time(call, time);
    const __int128 nanos =
        static_cast<__int128>(time.seconds - kGoZeroSeconds) * kNanosPerSecond + time.nanos;
    const auto rest = static_cast<std::int64_t>(((nanos % unit) + unit) % unit);
    return give_time(call, GoTime::from_unix(time.seconds - rest / kNanosPerSecond,
                                             time.nanos - rest % kNanosPerSecond, time.zone));
}

constexpr TemplateFunction no_more(std::string_view name, bool (*run)(TemplateCall&)) {
    return takes(name, run, 0, {});
}

constexpr std::array kTimeMethods = {
    no_more("UTC", time_utc),
    no_more("Local", time_local),
    takes("Format", time_format, 1, {kS}),
    no_more("String", time_string),
    no_more("Unix", time_unix),
    no_more("UnixMilli", time_unix_milli),
    no_more("UnixMicro", time_unix_micro),
    no_more("UnixNano", time_unix_nano),
    no_more("Year", time_field<&CivilTime::year>),
    no_more("Month", time_month),
    no_more("Day", time_field<&CivilTime::day>),
    no_more("YearDay", time_field<&CivilTime::year_day>),
    no_more("Weekday", time_weekday),
    no_more("Hour", time_field<&CivilTime::hour>),
    no_more("Minute", time_field<&CivilTime::minute>),
    no_more("Second", time_field<&CivilTime::second>),
    no_more("Nanosecond", time_nanosecond),
    no_more("IsZero", time_is_zero),
    takes("Before", time_before, 1, {kT}),
    takes("After", time_after, 1, {kT}),
    takes("Equal", time_equal, 1, {kT}),
    takes("Compare", time_compare, 1, {kT}),
    takes("Sub", time_sub, 1, {kT}),
    takes("Add", time_add, 1, {ParameterType::kDuration}),
    takes("Truncate", time_truncate, 1, {ParameterType::kDuration}),
    takes("AddDate", time_add_date, 3,
          {ParameterType::kInt, ParameterType::kInt, ParameterType::kInt}),
};

// Methods of time.Duration.

template <std::int64_t Unit>
bool duration_in(Call& call) {
    const std::int64_t nanos = call.whole(0);
    return call.give(Value::of(static_cast<double>(nanos / Unit) +
                               static_cast<double>(nanos % Unit) / static_cast<double>(Unit)));
}
template <std::int64_t Unit>
bool duration_whole(Call& call) {
    return call.give(Value::of_int64(call.whole(0) / Unit));
}
bool duration_string(Call& call) {
    return call.give_text(format_go_duration(call.whole(0)));
}

constexpr std::array kDurationMethods = {
    no_more("Seconds", duration_in<kNanosPerSecond>),
    no_more("Minutes", duration_in<kNanosPerMinute>),
    no_more("Hours", duration_in<kNanosPerHour>),
    no_more("Milliseconds", duration_whole<kNanosPerMilli>),
    no_more("Microseconds", duration_whole<kNanosPerMicro>),
    no_more("Nanoseconds", duration_whole<1>),
    no_more("String", duration_string),
};

}  // namespace

std::span<const TemplateFunction> template_time_functions() {
    return kFunctions;
}
std::span<const TemplateFunction> template_time_methods() {
    return kTimeMethods;
}
std::span<const TemplateFunction> template_duration_methods() {
    return kDurationMethods;
}

}  // namespace skald::read
