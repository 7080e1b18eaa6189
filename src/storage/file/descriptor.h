// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace skald::storage {

/// Runs a system call again for as long as a signal interrupts it.
template <class Call>
auto retry_interrupted(Call&& call) {
    auto outcome = call();
    while (outcome < 0 && errno == EINTR) outcome = call();
    return outcome;
}

/// An open file descriptor that is closed at the end. Threading: single-owner.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }

    bool open() const { return number_ >= 0; }
    int number() const { return number_; }

private:
    int number_;
};

}  // namespace skald::storage
