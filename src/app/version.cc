// SPDX-License-Identifier: Apache-2.0
#include "version.h"

#ifndef SKALD_VERSION
#define SKALD_VERSION "unknown"
#endif
#ifndef SKALD_REVISION
#define SKALD_REVISION ""
#endif

namespace skald::app {

api::BuildInfo build_info() {
    api::BuildInfo info;
    info.revision = SKALD_REVISION;
    info.branch = "main";
    info.runtime_version = "skald " SKALD_VERSION " (clang " __clang_version__ ")";
    return info;
}

std::string version_text() {
    const api::BuildInfo info = build_info();
    return "skald, version " SKALD_VERSION " (branch: " + info.branch +
           ", revision: " + info.revision + ")\n  speaks:   Loki " + info.version +
           "\n  compiler: clang " __clang_version__ "\n";
}

}  // namespace skald::app
