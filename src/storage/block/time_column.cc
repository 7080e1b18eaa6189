// SPDX-License-Identifier: Apache-2.0
#include "bit_packing.h"
#include "block_format.h"
#include "columns.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace skald::storage {
namespace {

static_assert(kTimesGroup == kPackGroup);

// All arithmetic is modulo 2^64: the difference of any two times has one value, and adding it back
// gives the time again, whatever the signs.
std::uint64_t delta_of(const TimeNs* time) {
    return static_cast<std::uint64_t>(time[1]) - static_cast<std::uint64_t>(time[0]);
}

std::uint64_t magnitude(std::uint64_t delta) {
    return static_cast<std::int64_t>(delta) < 0 ? 0 - delta : delta;
}

/// Largest number that divides all deltas: 10^9 for whole seconds, 1 for real nanoseconds.
std::uint64_t unit_of(std::span<const TimeNs> times) {
    std::uint64_t unit = 0;
    for (std::size_t i = 0; i + 1 < times.size() && unit != 1; ++i) {
        const std::uint64_t delta = magnitude(delta_of(&times[i]));
        // Usually it divides, and one remainder tells.
        if (unit == 0 || delta % unit != 0) unit = std::gcd(unit, delta);
    }
    return unit == 0 || unit > static_cast<std::uint64_t>(kTimeMax) ? 1 : unit;
}

void encode_group(const TimeNs* first, std::uint32_t count, std::uint64_t unit, std::string& out) {
    std::array<std::uint64_t, kTimesGroup> steps;
    const auto divisor = static_cast<std::int64_t>(unit);
    std::int64_t least = kTimeMax;
    std::int64_t most = kTimeMin;
    for (std::uint32_t i = 0; i < count; ++i) {
        auto step = static_cast<std::int64_t>(delta_of(first + i));
        if (divisor != 1) step /= divisor;
        steps[i] = static_cast<std::uint64_t>(step);
        least = std::min(least, step);
        most = std::max(most, step);
    }
    const auto base = static_cast<std::uint64_t>(least);
    for (std::uint32_t i = 0; i < count; ++i) steps[i] -= base;
    const unsigned width = width_of(static_cast<std::uint64_t>(most) - base);

    ByteWriter writer(out);
    writer.zigzag(least);
    writer.u8(static_cast<std::uint8_t>(width));
    pack({steps.data(), count}, width, out);
}

/// Adds the group's deltas up into `times`; returns the last time.
std::uint64_t sum_group(const std::uint64_t* steps, std::uint32_t count, std::uint64_t base,
                        std::uint64_t unit, std::uint64_t time, TimeNs* times) {
    if (unit == 1) {
        for (std::uint32_t i = 0; i < count; ++i) {
            time += base + steps[i];
            times[i] = static_cast<TimeNs>(time);
        }
    } else {
        for (std::uint32_t i = 0; i < count; ++i) {
            time += (base + steps[i]) * unit;
            times[i] = static_cast<TimeNs>(time);
        }
    }
    return time;
}

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "times column: " + std::string(what)};
}

}  // namespace

void encode_times(std::span<const TimeNs> times, TimeNs min_time, std::string& out) {
    const std::uint64_t unit = unit_of(times);
    ByteWriter writer(out);
    writer.u8(kTimesDeltaGroups);
    writer.varint(static_cast<std::uint64_t>(times[0]) - static_cast<std::uint64_t>(min_time));
    writer.varint(unit);
    const auto deltas = static_cast<std::uint32_t>(times.size() - 1);
    for (std::uint32_t i = 0; i < deltas; i += kTimesGroup) {
        encode_group(&times[i], std::min(kTimesGroup, deltas - i), unit, out);
    }
}

Result<void> decode_times(std::string_view bytes, TimeNs min_time, std::span<TimeNs> times) {
    ByteReader in(bytes);
    if (in.u8() != kTimesDeltaGroups) return corrupt("unknown encoding");
    std::uint64_t time = static_cast<std::uint64_t>(min_time) + in.varint();
    const std::uint64_t unit = in.varint();
    if (!in.ok()) return corrupt("cut short");
    times[0] = static_cast<TimeNs>(time);
    const auto deltas = static_cast<std::uint32_t>(times.size() - 1);
    std::array<std::uint64_t, kTimesGroup> steps;
    for (std::uint32_t i = 0; i < deltas; i += kTimesGroup) {
        const std::uint32_t count = std::min(kTimesGroup, deltas - i);
        const auto base = static_cast<std::uint64_t>(in.zigzag());
        const unsigned width = in.u8();
        if (width > 56 && width != 64) return corrupt("bad width");
        const std::size_t readable = in.remaining();
        const char* const packed = in.raw(packed_size(count, width)).data();
        if (!in.ok()) return corrupt("cut short");
        unpack(packed, readable, count, width, steps.data());
        time = sum_group(steps.data(), count, base, unit, time, &times[i + 1]);
    }
    if (!in.done()) return corrupt("bytes after the end");
    return {};
}

}  // namespace skald::storage
