// SPDX-License-Identifier: Apache-2.0
#include "stream_list.h"

#include "segment_format.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace skald::storage {
namespace {

Error corrupt(std::string_view what) {
    return Error{ErrorCode::kCorruption, "region table, streams: " + std::string(what)};
}

std::size_t shared_prefix(std::string_view left, std::string_view right) {
    const std::size_t size = std::min(left.size(), right.size());
    return static_cast<std::size_t>(
        std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size), right.begin())
            .first -
        left.begin());
}

/// Name, value, name, value..., each with its length in front.
void flatten(const Labels& labels, std::string& out) {
    out.clear();
    ByteWriter writer(out);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        writer.text(labels[i].name);
        writer.text(labels[i].value);
    }
}

Result<Labels> labels_of(std::string_view flat, std::vector<LabelView>& views) {
    views.clear();
    ByteReader in(flat);
    while (!in.done()) {
        const std::string_view name = in.text();
        const std::string_view value = in.text();
        if (!in.ok()) return corrupt("labels are cut short");
        if (!views.empty() && name <= views.back().name) return corrupt("names are not in order");
        views.push_back({name, value});
    }
    return Labels::from_views(views);
}

}  // namespace

void encode_streams(const std::vector<StreamPtr>& streams, ByteWriter& out) {
    std::string last;
    std::string flat;
    for (const StreamPtr& stream : streams) {
        flatten(stream->labels, flat);
        const std::size_t shared = shared_prefix(last, flat);
        out.varint(shared);
        out.text(std::string_view(flat).substr(shared));
        last.swap(flat);
    }
}

Result<std::vector<StreamPtr>> decode_streams(ByteReader& in, std::size_t count,
                                              const StreamMaker& make) {
    std::vector<StreamPtr> streams;
    streams.reserve(count);
    std::string flat;
    std::vector<LabelView> views;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t shared = in.varint();
        const std::string_view rest = in.text();
        if (!in.ok() || shared > flat.size()) return corrupt("bad shared length");
        flat.resize(shared);
        flat.append(rest);
        // Front coding can say much in a few bytes: bounded as the table itself is.
        total += flat.size();
        if (total > kTableBytesMax) return corrupt("too many label bytes");
        SKALD_TRY(Labels labels, labels_of(flat, views));
        if (!streams.empty() && !(streams.back()->labels < labels)) return corrupt("not in order");
        streams.push_back(make ? make(std::move(labels))
                               : std::make_shared<const Stream>(std::move(labels)));
    }
    return streams;
}

}  // namespace skald::storage
