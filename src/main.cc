// SPDX-License-Identifier: Apache-2.0
#include <skald/app/run.h>

int main(int argc, char** argv) {
    return skald::app::run({argv + 1, argv + argc});
}
