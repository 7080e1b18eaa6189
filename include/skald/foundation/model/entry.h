// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <string_view>

namespace skald {

/// The structured-metadata name that has a column of its own.
inline constexpr std::string_view kDetectedLevel = "detected_level";

/// One log line on its way in, as views over the request's bytes.
struct EntryView {
    TimeNs time = 0;
    std::string_view line;
    /// The value of `detected_level`; empty if the entry has none.
    std::string_view level;
    /// The other structured metadata: `metadata_count` pairs from `metadata_begin` in the batch's
    /// pair list, sorted by name, names unique, `detected_level` never among them.
    std::uint32_t metadata_begin = 0;
    std::uint32_t metadata_count = 0;
};

/// A request's body as the client packed it, a snappy block, and what it unpacks to. Entries that
/// came by it have their lines in `unpacked`, so the log can keep `packed` instead of the lines.
struct PackedBody {
    std::string_view packed;  ///< Empty: there is none.
    std::string_view unpacked;
};

}  // namespace skald
