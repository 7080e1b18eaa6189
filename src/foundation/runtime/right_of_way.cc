// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/right_of_way.h>

namespace skald {
namespace {

/// The weight of one claim in the average is one in so many.
constexpr int kRemembered = 16;

}  // namespace

RightOfWay::Claim::Claim(RightOfWay* way)
    : way_(way), begin_(way == nullptr ? Time() : std::chrono::steady_clock::now()) {
    if (way_ != nullptr) way_->begin(begin_);
}

RightOfWay::Claim::~Claim() {
    if (way_ != nullptr) way_->end(std::chrono::steady_clock::now() - begin_);
}

void RightOfWay::begin(Time now) {
    const std::lock_guard hold(mutex_);
    const Time late = now + 2 * usual_ + options_.grace;
    late_at_.store(late.time_since_epoch().count(), std::memory_order_relaxed);
}

void RightOfWay::end(Duration took) {
    {
        const std::lock_guard hold(mutex_);
        usual_ += (took - usual_) / kRemembered;
        late_at_.store(kNever, std::memory_order_relaxed);
        if (standing_ == 0) return;
    }
    ended_.notify_all();
}

void RightOfWay::give() {
    const Duration::rep late_at = late_at_.load(std::memory_order_relaxed);
    if (late_at == kNever) return;
    const Time late{Duration(late_at)};
    const Time now = std::chrono::steady_clock::now();
    const Time until = late + options_.stand_max;
    if (now < late || now >= until) return;
    std::unique_lock hold(mutex_);
    ++standing_;
    ended_.wait_until(hold, until, [&] { return late_at_.load() != late_at; });
    --standing_;
}

std::size_t RightOfWay::standing() const {
    const std::lock_guard hold(mutex_);
    return standing_;
}

}  // namespace skald
