// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>
#include <skald/foundation/model/labels.h>
#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cstring>

namespace skald {

namespace {

constexpr std::size_t kIndexBytes = 2 * sizeof(std::uint32_t);

std::uint32_t load_u32(const char* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

void store_u32(char* at, std::size_t value) {
    SKALD_ASSERT(value <= UINT32_MAX);
    const auto narrow = static_cast<std::uint32_t>(value);
    std::memcpy(at, &narrow, sizeof narrow);
}

/// What a catalog or a table gives is as a rule.
bool is_in_order(const std::vector<LabelView>& views) {
    return std::adjacent_find(views.begin(), views.end(),
                              [](const LabelView& a, const LabelView& b) {
                                  return a.name >= b.name;
                              }) == views.end();
}

void put_in_order(std::vector<LabelView>& views) {
    std::stable_sort(views.begin(), views.end(),
                     [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
    // Of equal names the last stays.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < views.size(); ++i) {
        if (i + 1 < views.size() && views[i + 1].name == views[i].name) continue;
        views[kept++] = views[i];
    }
    views.resize(kept);
}

/// The canonical text.
void append_text(std::string& text, const Labels& labels) {
    text += '{';
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const LabelView label = labels[i];
        if (i > 0) text += ", ";
        text += label.name;
        text += '=';
        append_go_quoted(text, label.value);
    }
    text += '}';
}

}  // namespace

Labels Labels::from_pairs(std::vector<Pair> pairs) {
    std::vector<LabelView> views;
    views.reserve(pairs.size());
    for (const Pair& pair : pairs) views.push_back({pair.first, pair.second});
    return from_views(std::move(views));
}

Labels Labels::from_views(std::vector<LabelView> views) {
    if (!is_in_order(views)) put_in_order(views);

    std::size_t text_bytes = 0;
    for (const LabelView& view : views) text_bytes += view.name.size() + view.value.size();
    Labels labels;
    labels.count_ = static_cast<std::uint32_t>(views.size());
    labels.bytes_.resize(views.size() * kIndexBytes + text_bytes);
    char* index = labels.bytes_.data();
    std::size_t at = views.size() * kIndexBytes;
    for (const LabelView& view : views) {
        std::memcpy(labels.bytes_.data() + at, view.name.data(), view.name.size());
        at += view.name.size();
        store_u32(index, at);
        if (!view.value.empty())
            std::memcpy(labels.bytes_.data() + at, view.value.data(), view.value.size());
        at += view.value.size();
        store_u32(index + sizeof(std::uint32_t), at);
        index += kIndexBytes;
    }
    return labels;
}

LabelView Labels::operator[](std::size_t i) const noexcept {
    SKALD_DASSERT(i < count_);
    const char* index = bytes_.data() + i * kIndexBytes;
    const std::size_t begin =
        i == 0 ? count_ * kIndexBytes : load_u32(index - sizeof(std::uint32_t));
    const std::size_t middle = load_u32(index);
    const std::size_t end = load_u32(index + sizeof(std::uint32_t));
    return {{bytes_.data() + begin, middle - begin}, {bytes_.data() + middle, end - middle}};
}

std::optional<std::string_view> Labels::find(std::string_view name) const noexcept {
    std::size_t low = 0;
    std::size_t high = count_;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const LabelView label = (*this)[middle];
        if (label.name == name) return label.value;
        if (label.name < name)
            low = middle + 1;
        else
            high = middle;
    }
    return std::nullopt;
}

std::string_view Labels::value_or_empty(std::string_view name) const noexcept {
    return find(name).value_or(std::string_view{});
}

std::string Labels::to_string() const {
    std::string text;
    append_text(text, *this);
    return text;
}

std::strong_ordering Labels::operator<=>(const Labels& other) const noexcept {
    const std::size_t base = count_ * kIndexBytes;
    const std::size_t other_base = other.count_ * kIndexBytes;
    // Names and values up to the first that has another length are compared as one text.
    std::size_t end = 0;
    std::size_t other_end = 0;
    const std::size_t common = std::min(base, other_base);
    for (std::size_t at = 0; at < common && end == other_end; at += sizeof(std::uint32_t)) {
        end = load_u32(bytes_.data() + at) - base;
        other_end = load_u32(other.bytes_.data() + at) - other_base;
    }
    const int order = std::memcmp(bytes_.data() + base, other.bytes_.data() + other_base,
                                  std::min(end, other_end));
    if (order != 0) return order <=> 0;
    return end != other_end ? end <=> other_end : count_ <=> other.count_;
}

namespace {

StreamId id_of(const Labels& labels) {
    // Hundred thousands are made in a row when a table is read.
    thread_local std::string text;
    text.clear();
    append_text(text, labels);
    return hash128(text);
}

}  // namespace

Stream::Stream(Labels from) : id(id_of(from)), labels(std::move(from)) {}

}  // namespace skald
