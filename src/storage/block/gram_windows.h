// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/storage/block/block.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace skald::storage {

/// Eight bytes of text, the first one lowest: all grams that begin at the first four of them.
using GramWindow = std::uint64_t;
inline constexpr std::size_t kWindowStep = 4;
/// Only '\n's.
inline constexpr GramWindow kNoGrams = 0x0A0A0A0A0A0A0A0A;
/// Vector code reads four windows at a time.
inline constexpr std::size_t kWindowsBehind = 3;

/// Logs repeat themselves: most windows of a line were in a line before, and what is marked once
/// need not be marked again. Cuts lines into windows and passes on those that it does not remember.
/// Windows begin anew at each line, so that what lines have in common is cut at the same places.
/// Threading: single-owner.
class GramWindows {
public:
    GramWindows() {
        remembered_.fill(0);
        // All else remembers the window of eight NULs, which would belong here.
        remembered_[0] = 1;
    }

    /// Calls `use(std::span<GramWindow>)` for parcels of windows; together they have every gram of
    /// every line. They may reach past the '\n' of their line. Behind the last one of a parcel lie
    /// kWindowsBehind times kNoGrams.
    template <class Use>
    void visit(const LineColumn& lines, Use&& use) {
        const std::span<const std::uint32_t> offsets = lines.offsets.offsets;
        for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
            // The '\n' of a line ends its grams; one of four bytes begins five before its end.
            if (offsets[row + 1] - offsets[row] <= kWindowStep) continue;
            const char* at = lines.text.data() + offsets[row];
            const char* const end = lines.text.data() + offsets[row + 1] - kWindowStep;
            const char* const safe = std::min(end, lines.text.data() + safe_size(lines.text));
            while (at < safe) {
                at = add(at, std::min(safe, at + kParcel * kWindowStep), load);
                if (count_ >= kParcel) flush(use);
            }
            add(at, end, [&](const char* last) { return load_last(last, lines.text); });
        }
        flush(use);
    }

private:
    static constexpr int kRememberedBits = 12;  // 32 KiB, as much as a first-level cache has.
    static constexpr std::size_t kParcel = 256;

    static std::size_t safe_size(std::string_view text) {
        return text.size() < sizeof(GramWindow) ? 0 : text.size() - sizeof(GramWindow) + 1;
    }
    static GramWindow load(const char* at) {
        GramWindow window = 0;
        std::memcpy(&window, at, sizeof window);
        return window;
    }
    static GramWindow load_last(const char* at, std::string_view text) {
        std::array<char, sizeof(GramWindow)> bytes{};
        bytes.fill('\n');
        const auto left = static_cast<std::size_t>(text.data() + text.size() - at);
        std::memcpy(bytes.data(), at, std::min(left, bytes.size()));
        return load(bytes.data());
    }

    GramWindow& memory_of(GramWindow window) {
        return remembered_[(window * 0x9E3779B97F4A7C15ULL) >> (64 - kRememberedBits)];
    }

    /// Windows that begin in [at, end), at most kParcel; returns where the next one begins. Without
    /// a branch, because whether a window is new can't be foretold.
    template <class Load>
    const char* add(const char* at, const char* end, Load&& load_window) {
        constexpr std::ptrdiff_t kTogether = 4;
        constexpr auto kStep = static_cast<std::ptrdiff_t>(kWindowStep);
        std::size_t count = count_;
        // What is read of some before the first of them is written: no load waits for a store.
        // Equal ones among them may all pass for new.
        for (; end - at > (kTogether - 1) * kStep; at += kTogether * kStep) {
            std::array<GramWindow, kTogether> windows;
            std::array<GramWindow, kTogether> known;
            for (std::size_t i = 0; i < kTogether; ++i) {
                windows[i] = load_window(at + i * kWindowStep);
                known[i] = memory_of(windows[i]);
            }
            for (std::size_t i = 0; i < kTogether; ++i) {
                parcel_[count] = windows[i];
                count += known[i] == windows[i] ? 0 : 1;
                memory_of(windows[i]) = windows[i];
            }
        }
        for (; at < end; at += kWindowStep) {
            const GramWindow window = load_window(at);
            GramWindow& known = memory_of(window);
            parcel_[count] = window;
            count += known == window ? 0 : 1;
            known = window;
        }
        count_ = count;
        return at;
    }
    template <class Use>
    void flush(Use&& use) {
        std::fill_n(parcel_.begin() + static_cast<std::ptrdiff_t>(count_), kWindowsBehind,
                    kNoGrams);
        use(std::span<const GramWindow>(parcel_.data(), count_));
        count_ = 0;
    }

    std::array<GramWindow, std::size_t{1} << kRememberedBits> remembered_;
    // Less than a parcel, one more, the last ones of the text, and kNoGrams.
    std::array<GramWindow, 2 * kParcel + 4 + kWindowsBehind> parcel_;
    std::size_t count_ = 0;
};

}  // namespace skald::storage
