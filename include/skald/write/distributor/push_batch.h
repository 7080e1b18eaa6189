// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/model/entry.h>
#include <skald/foundation/model/labels.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::write {

/// Which protocol a push came by; the `format` label of metrics.
enum class PushFormat { kLoki, kOtlp };
constexpr std::string_view to_string(PushFormat format) noexcept {
    return format == PushFormat::kOtlp ? "otlp" : "loki";
}

/// What one push request asks to store, decoded but not validated. Views point into buffers that
/// `owners` keep alive.
///
/// Invariants: the entries of each stream follow those of the stream before it. No two entries
/// share pairs, because validation rewrites them in place.
/// Threading: single-owner.
struct PushBatch {
    struct StreamEntries {
        /// `{name="value", …}` as the client wrote it, or as the JSON decoder built it.
        std::string_view labels;
        std::uint32_t entries_begin = 0;
        std::uint32_t entries_end = 0;
    };

    std::vector<StreamEntries> streams;
    /// `level` is empty; metadata in the client's order, `detected_level` possibly among them.
    std::vector<EntryView> entries;
    std::vector<LabelView> pairs;
    std::vector<std::shared_ptr<const void>> owners;
    PackedBody body;  ///< Of requests that came packed by snappy; kept alive by `owners` as well.
    PushFormat format = PushFormat::kLoki;
    /// The policy that the sender puts all streams under, instead of `policy_stream_mapping`.
    std::string policy = {};
};

}  // namespace skald::write
