// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/result.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skald {

/// A name and its value; the bytes belong to whoever handed out the view.
struct LabelView {
    std::string_view name;
    std::string_view value;

    auto operator<=>(const LabelView&) const = default;
};

/// A label set: pairs sorted by name, names unique. One allocation, so that a hundred thousand
/// streams cost little.
///
/// Invariant: order is by name bytes; comparison is by pairs in that order, so a set sorts next to
/// its neighbours in a segment.
/// Threading: immutable.
class Labels {
public:
    using Pair = std::pair<std::string, std::string>;

    Labels() = default;
    /// Sorts by name. Of several pairs with one name the last wins. Pairs with an empty value are
    /// kept (a query result may show them); push parsing drops them itself.
    static Labels from_pairs(std::vector<Pair> pairs);
    /// As above, from views.
    static Labels from_views(std::vector<LabelView> views);

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    /// The i-th pair in name order. Requires: i < size().
    LabelView operator[](std::size_t i) const noexcept;
    /// The value, or nothing. Binary search.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// The value, or "" — what a matcher sees.
    std::string_view value_or_empty(std::string_view name) const noexcept;

    /// Canonical text: `{a="1", b="2"}` with Go quoting.
    std::string to_string() const;
    /// Asks for the texts, which will be read soon, to come near the processor.
    void prefetch() const noexcept { __builtin_prefetch(bytes_.data()); }
    /// Bytes on the heap.
    std::size_t heap_bytes() const noexcept { return bytes_.capacity(); }

    bool operator==(const Labels& other) const noexcept { return bytes_ == other.bytes_; }
    std::strong_ordering operator<=>(const Labels& other) const noexcept;

private:
    // count_ × {u32 end of name, u32 end of value} and then the texts back to back.
    std::string bytes_;
    std::uint32_t count_ = 0;
};

/// Identity of a stream inside its tenant: XXH3-128 of the canonical label text.
using StreamId = Hash128;

/// A stream: its labels and its identity. Shared by everything that holds rows of it.
struct Stream {
    StreamId id;
    Labels labels;

    /// Computes the id.
    explicit Stream(Labels from);
};
/// Shared, because open chunks, catalog caches and running queries all name the same immutable
/// stream.
using StreamPtr = std::shared_ptr<const Stream>;

/// Parses `{name="value", …}` as Prometheus' metric selector grammar does for pushes
/// (http-api 4.6): optional white space and trailing comma, ", ' or ` quoted values with Go
/// escapes, a bare metric name (becomes __name__). Duplicate names are kept apart, so that
/// validation can name them. Empty values are dropped. Returns pairs in name order. Errors:
/// kInvalidArgument, `1:%d: parse error: %s`.
Result<std::vector<Labels::Pair>> parse_label_pairs(std::string_view text);

}  // namespace skald
