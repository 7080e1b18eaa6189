// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "id_set.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/tenant.h>
#include <skald/storage/catalog/catalog.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skald::storage {

// Keys and values of the catalog: docs/formats/catalog.md. All decoders accept any bytes.

inline constexpr std::uint32_t kCatalogVersion = 2;

/// The kinds of rows; the first byte of each key.
enum class RowKind : char {
    kGeneration = 'g',
    kHidden = 'h',
    kIds = 'i',
    kLabels = 'l',
    kPosting = 'p',
    kRegion = 'r',
    kSegment = 's',
    kVersion = 'v',
    kPresence = 'x',
};

/// Where streams have numbers: one tenant, one period.
struct Shelf {
    TenantId tenant;
    std::int32_t period = 0;

    auto operator<=>(const Shelf&) const = default;
};

std::string version_key();
std::string version_value();

/// The prefix of all keys of the kind and shelf.
std::string shelf_prefix(RowKind kind, const Shelf& shelf);
/// The prefix of all keys of the kind and tenant.
std::string tenant_prefix(RowKind kind, const TenantId& tenant);
/// The first key behind all that begin with `prefix`.
std::string end_of_prefix(std::string prefix);

std::string segment_key(const SegmentId& segment);
std::string hidden_key(const SegmentId& segment);
std::string instance_prefix(std::string_view instance);
std::string generation_key(const GenerationId& generation, const SegmentId& segment);
/// The number in what follows `instance_prefix` in a generation key.
Result<std::uint64_t> generation_number(std::string_view rest);
/// Of region and presence rows.
std::string shelf_key(RowKind kind, const Shelf& shelf, const SegmentId& segment);
/// Of rows that hold what belongs to numbers from `first` on.
std::string numbered_key(RowKind kind, const Shelf& shelf, std::uint32_t first);
std::string posting_name_prefix(const Shelf& shelf, std::string_view name);
std::string posting_prefix(const Shelf& shelf, const LabelView& label);

/// The number at the end of a numbered or posting key. Requires: key.size() >= 4.
std::uint32_t number_of(std::string_view key);
inline constexpr std::size_t kNumberBytes = 4;

/// What a segment row has: where the segment's other rows are.
struct SegmentRow {
    std::uint32_t level = 0;
    std::vector<GenerationId> generations;
    std::vector<std::string> replaces;
    std::vector<std::string> applied_deletes;
    std::vector<std::string> members;
    std::vector<Shelf> shelves;
};
std::string encode_segment(const SegmentFooter& footer);
Result<SegmentRow> decode_segment(std::string_view value);

std::string encode_region(const RegionSummary& region,
                          const std::vector<GenerationId>& generations);
Result<CatalogRegion> decode_region(std::string_view key, std::string_view value);
/// The tenant and period of a region key.
Result<Shelf> decode_shelf(std::string_view key);

/// Label sets of consecutive numbers, each without the leading pairs that it shares with the one
/// before.
std::string encode_labels(std::span<const StreamPtr> streams);
inline constexpr std::size_t kLabelsPerRow = 64;
/// Gives the sets of such a row in order. The views live as long as `value`.
/// Threading: single-owner.
class LabelRowReader {
public:
    explicit LabelRowReader(std::string_view value);
    /// The next set's pairs; null at the end or if the bytes are malformed.
    const std::vector<LabelView>* next();
    bool ok() const { return in_.ok(); }
    /// Sets that are left.
    std::uint64_t left() const { return left_; }

private:
    ByteReader in_;
    std::uint64_t left_ = 0;
    std::vector<LabelView> pairs_;
};

std::string encode_ids(std::span<const StreamPtr> streams);
/// Appends the ids. False if the length is no multiple of 16.
bool decode_ids(std::string_view value, std::vector<StreamId>& out);

Error malformed(std::string_view what);

}  // namespace skald::storage
