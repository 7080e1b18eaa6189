// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace skald {

// Both are for the calling thread, and a wish: where the system does not know it or does not allow
// it, the thread runs like the others.

/// For threads that work long: others come before this one, the more the higher `nice` is (0 to
/// 19).
void lower_thread_priority(int nice) noexcept;

/// For threads that work for microseconds and then wait: the thread gets the same share of the
/// processor, but in short pieces, and runs soon after it is woken, even if threads with long
/// pieces are on all cores.
void prefer_quick_turns() noexcept;

}  // namespace skald
