// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace skald::storage {

/// Bounds the requests that are on their way at a time. A quarter of the places is kept for
/// writing, so that queries can't keep lines from being stored.
/// Threading: thread-safe; taking a place blocks.
class RequestBudget {
public:
    enum class Kind { kRead, kWrite };

    /// A place as long as it lives.
    class Place {
    public:
        Place(RequestBudget& budget, Kind kind) : budget_(budget), kind_(kind) {
            budget_.take(kind_);
        }
        ~Place() { budget_.give_back(kind_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        RequestBudget& budget_;
        Kind kind_;
    };

    explicit RequestBudget(std::size_t places)
        : places_(places < 2 ? 2 : places), read_places_(places_ - (places_ + 3) / 4) {}

    std::size_t in_flight() const {
        const std::lock_guard hold(mutex_);
        return reads_ + writes_;
    }

private:
    bool has_place(Kind kind) const {
        return reads_ + writes_ < places_ && (kind == Kind::kWrite || reads_ < read_places_);
    }
    void take(Kind kind) {
        std::unique_lock hold(mutex_);
        freed_.wait(hold, [&] { return has_place(kind); });
        ++(kind == Kind::kRead ? reads_ : writes_);
    }
    void give_back(Kind kind) {
        {
            const std::lock_guard hold(mutex_);
            --(kind == Kind::kRead ? reads_ : writes_);
        }
        freed_.notify_all();
    }

    const std::size_t places_;
    const std::size_t read_places_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t reads_ = 0;
    std::size_t writes_ = 0;
};

}  // namespace skald::storage
