// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace skald {

/// Says, as long as it lives, that this thread waits for something slow that is not the processor
/// (an object store, the replay of the log). A worker of a pool that does so is stood in for by a
/// spare thread: what waits must not keep others from the processor. May be nested; means nothing
/// on threads of no pool. Threading: lives and dies on one thread.
class Blocking {
public:
    Blocking();
    ~Blocking();
    Blocking(const Blocking&) = delete;
    Blocking& operator=(const Blocking&) = delete;
};

}  // namespace skald
