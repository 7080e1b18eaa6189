// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace skald::tools {

namespace {

constexpr std::chrono::milliseconds kBetweenDraws{100};
constexpr std::uint64_t kBarCells = 30;

}  // namespace

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), is_shown_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (is_shown_ && done_ > 0) draw(true);
}

void Progress::add(std::uint64_t amount) {
    done_ += amount;
    if (!is_shown_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - drawn_ < kBetweenDraws) return;
    drawn_ = now;
    draw(false);
}

void Progress::draw(bool is_last) {
    std::string line = "\r" + what_ + " ";
    if (total_ > 0) {
        const std::uint64_t done = std::min(done_, total_);
        const std::uint64_t cells = kBarCells * done / total_;
        line += "[" + std::string(cells, '#') + std::string(kBarCells - cells, '.') + "] " +
                std::to_string(100 * done / total_) + " %";
    } else {
        line += std::to_string(done_);
    }
    std::cerr << line << "\x1b[K" << (is_last ? "\n" : "") << std::flush;
}

}  // namespace skald::tools
