// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>

#include <cstdio>
#include <cstdlib>

namespace skald {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "skald: assertion failed: %s at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace skald
