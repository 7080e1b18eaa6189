// SPDX-License-Identifier: Apache-2.0
#include <skald/app/run.h>

#ifdef SKALD_HAS_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef SKALD_HAS_MIMALLOC
    // Memory that is free for milliseconds is mostly used again by the next push, and to touch it
    // anew costs more than what it is used for. Much longer, and queries over very many streams,
    // which free on one thread what another took, add up. The environment can still say otherwise.
    mi_option_set_default(mi_option_decommit_delay, 20);
#endif
    return skald::app::run({argv + 1, argv + argc});
}
