// SPDX-License-Identifier: Apache-2.0
#include "list_source.h"

#include "query_json.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/json_string.h>

#include <cstddef>
#include <utility>

namespace skald::api {

namespace {

constexpr std::size_t kFirstPiece = 16 * kKiB;
constexpr std::size_t kPiece = 256 * kKiB;

void append_item(std::string& out, const std::string& text) {
    append_json_string(out, text);
}

void append_item(std::string& out, const StreamPtr& stream) {
    append_json_labels(out, stream->labels);
}

/// Writes a list's items one after the other.
template <class Item>
class ListSource final : public BodySource {
public:
    explicit ListSource(std::vector<Item> items) : items_(std::move(items)) {}

    bool next(std::string& out) override {
        const std::size_t piece = next_ == 0 ? kFirstPiece : kPiece;
        const std::size_t end = out.size() + piece;
        out.reserve(end + kKiB);
        if (next_ == 0) out += "{\"status\":\"success\",\"data\":[";
        while (next_ < items_.size() && out.size() < end) {
            if (next_ > 0) out.push_back(',');
            append_item(out, items_[next_++]);
        }
        if (next_ < items_.size()) return true;
        out += "]}\n";
        return false;
    }

private:
    const std::vector<Item> items_;
    std::size_t next_ = 0;
};

/// A body that is there already.
class TextSource final : public BodySource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}

    bool next(std::string& out) override {
        out += text_;
        return false;
    }

private:
    const std::string text_;
};

}  // namespace

std::shared_ptr<BodySource> text_list_source(std::vector<std::string> texts) {
    if (texts.empty()) return std::make_shared<TextSource>("{\"status\":\"success\"}\n");
    return std::make_shared<ListSource<std::string>>(std::move(texts));
}

std::shared_ptr<BodySource> series_source(std::vector<StreamPtr> streams) {
    return std::make_shared<ListSource<StreamPtr>>(std::move(streams));
}

}  // namespace skald::api
