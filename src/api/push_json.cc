// SPDX-License-Identifier: Apache-2.0
//
// Why a reader of our own and not simdjson: agents send raw control bytes and invalid UTF-8 inside
// strings, which Loki takes and simdjson refuses for the whole document; it also wants the body
// padded, and a second buffer for every string with an escape. Nearly all bytes of a push are in
// long strings, where finding the closing quote with vectors is all the work there is.
#include "push_json.h"

#include "json_scanner.h"
#include "list_room.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/write/distributor/text_arena.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace skald::api {

namespace {

/// An entry without a timestamp has Go's zero time, which is before all that nanoseconds can say.
constexpr TimeNs kNoTime = kTimeMin;

bool equal_folded(std::string_view name, std::string_view lower) {
    return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
    });
}

/// Reads either shape of the body into a batch.
///
/// Invariant: after a read returned false `error()` says why, and nothing more is read.
class PushJsonReader {
public:
    PushJsonReader(Buffer& body, write::PushBatch& batch, write::TextArena& arena,
                   BudgetShare& share)
        : in_(body.data(), body.size()),
          size_(body.size()),
          batch_(batch),
          arena_(arena),
          room_(share),
          views_left_(body.size() * kViewBytesPerByte + 64 * kKiB) {}

    bool read_request(bool legacy) {
        // Typical lines; a larger request of shorter ones grows the list.
        if (!room_.make(batch_.entries, size_ / 112 + 4)) return false;
        if (in_.at_end()) return in_.fail("expected '{' in the request");
        if (!in_.take_null() && !read_members(legacy)) return false;
        return in_.at_end() || in_.fail("data after the request");
    }

    Error error() const { return room_.error(in_.error()); }

private:
    /// An empty entry takes three bytes of JSON and some fifty as a view. A request of nothing but
    /// those is refused before it takes much more memory than its bytes.
    static constexpr std::uint64_t kViewBytesPerByte = 8;

    /// A value's byte may become four, which are written to a text that grows and then copied.
    static constexpr std::uint64_t kQuotedBytesPerByte = 8;

    using Stream = write::PushBatch::StreamEntries;

    bool charge(std::size_t bytes) {
        if (bytes > views_left_) return in_.fail("too many empty entries");
        views_left_ -= bytes;
        return true;
    }

    bool read_members(bool legacy) {
        return read_object(in_, "the request", [&](std::string_view name) {
            if (!equal_folded(name, "streams")) return in_.skip_value();
            if (in_.take_null()) return true;
            return read_array(in_, "streams", [&] {
                if (in_.take_null()) return true;
                return legacy ? read_legacy_stream() : read_stream();
            });
        });
    }

    bool begin(Stream& stream) {
        stream.labels = "{}";
        stream.entries_begin = static_cast<std::uint32_t>(batch_.entries.size());
        return charge(sizeof stream);
    }
    bool end(Stream& stream) {
        stream.entries_end = static_cast<std::uint32_t>(batch_.entries.size());
        if (!room_.make(batch_.streams)) return false;
        batch_.streams.push_back(stream);
        return true;
    }
    bool begin(EntryView& entry) {
        entry.time = kNoTime;
        entry.metadata_begin = static_cast<std::uint32_t>(batch_.pairs.size());
        return charge(sizeof entry);
    }
    bool end(EntryView& entry) {
        entry.metadata_count =
            static_cast<std::uint32_t>(batch_.pairs.size()) - entry.metadata_begin;
        if (!room_.make(batch_.entries)) return false;
        batch_.entries.push_back(entry);
        return true;
    }
    bool add_pair(LabelView pair) {
        if (!charge(sizeof pair) || !room_.make(batch_.pairs)) return false;
        batch_.pairs.push_back(pair);
        return true;
    }

    bool read_stream() {
        Stream stream;
        if (!begin(stream)) return false;
        const bool ok = read_object(in_, "a stream", [&](std::string_view name) {
            if (name == "stream") return read_labels(stream.labels);
            if (name == "values") return read_values();
            return in_.skip_value();
        });
        return ok && end(stream);
    }

    bool read_labels(std::string_view& text) {
        if (in_.take_null()) return true;
        labels_.clear();
        const auto read_label = [&](std::string_view name) {
            if (!room_.make(labels_)) return false;
            LabelView& label = labels_.emplace_back(name, std::string_view());
            const bool ok =
                in_.peek() == '"' ? in_.read_string(label.value) : in_.read_scalar(label.value);
            return ok && room_.take(label.name.size() + kQuotedBytesPerByte * label.value.size());
        };
        if (!read_object<MemberNames::kUnescaped>(in_, "the labels", read_label)) return false;
        text = write_labels();
        return true;
    }

    /// The text that a protobuf client would have sent for `labels_`; of equal names the last wins.
    std::string_view write_labels() {
        // Equal names in the order of the body: their views point into it.
        std::sort(labels_.begin(), labels_.end(), [](const LabelView& a, const LabelView& b) {
            const auto order = a.name <=> b.name;
            return order != 0 ? order < 0 : a.name.data() < b.name.data();
        });
        scratch_ = "{";
        for (std::size_t i = 0; i < labels_.size(); ++i) {
            if (i + 1 < labels_.size() && labels_[i].name == labels_[i + 1].name) continue;
            if (scratch_.size() > 1) scratch_ += ", ";
            scratch_ += labels_[i].name;
            scratch_ += '=';
            append_go_quoted(scratch_, labels_[i].value);
        }
        scratch_ += '}';
        return arena_.copy(scratch_);
    }

    bool read_values() {
        if (in_.take_null()) return true;
        return read_array(in_, "values", [&] { return in_.take_null() || read_entry(); });
    }

    bool read_entry() {
        EntryView entry;
        if (!begin(entry)) return false;
        int index = 0;
        const bool ok = read_array(in_, "an entry", [&] {
            switch (index++) {
                case 0: return read_timestamp(entry.time);
                case 1: return read_line(entry.line);
                case 2: return read_metadata();
                default: return in_.skip_value();
            }
        });
        return ok && end(entry);
    }

    bool read_timestamp(TimeNs& time) {
        std::string_view digits;
        if (in_.peek() != '"') return in_.fail("the timestamp must be a string of digits");
        if (!in_.read_raw_string(digits)) return false;
        const char* const last = digits.data() + digits.size();
        const auto [stop, problem] = std::from_chars(digits.data(), last, time);
        if (problem == std::errc() && stop == last) return true;
        return in_.fail("the timestamp must be a string of digits, nanoseconds since 1970");
    }

    bool read_line(std::string_view& line) {
        if (in_.peek() != '"') return in_.fail("the line must be a string");
        return in_.read_string(line);
    }

    bool read_metadata() {
        return read_object(in_, "structured metadata", [&](std::string_view name) {
            LabelView pair;
            pair.name = name;
            if (in_.peek() != '"') return in_.fail("a structured metadata value must be a string");
            return in_.read_string(pair.value) && add_pair(pair);
        });
    }

    bool read_legacy_stream() {
        Stream stream;
        if (!begin(stream)) return false;
        const bool ok = read_object(in_, "a stream", [&](std::string_view name) {
            if (equal_folded(name, "labels")) return read_text_or_null(stream.labels);
            if (!equal_folded(name, "entries")) return in_.skip_value();
            if (in_.take_null()) return true;
            return read_array(in_, "entries",
                              [&] { return in_.take_null() || read_legacy_entry(); });
        });
        return ok && end(stream);
    }

    bool read_legacy_entry() {
        EntryView entry;
        if (!begin(entry)) return false;
        const bool ok = read_object(in_, "an entry", [&](std::string_view name) {
            if (equal_folded(name, "ts")) return read_rfc3339(entry.time);
            if (equal_folded(name, "line")) return read_text_or_null(entry.line);
            if (!equal_folded(name, "structuredmetadata")) return in_.skip_value();
            if (in_.take_null()) return true;
            return read_array(in_, "structuredMetadata", [&] { return read_legacy_pair(); });
        });
        return ok && end(entry);
    }

    bool read_rfc3339(TimeNs& time) {
        std::string_view text;
        if (in_.take_null()) return true;
        if (!in_.read_string(text)) return false;
        Result<TimeNs> parsed = parse_rfc3339(text);
        if (!parsed) return in_.fail(parsed.error().message);
        time = *parsed;
        return true;
    }

    bool read_legacy_pair() {
        LabelView pair;
        const bool ok = read_object(in_, "structuredMetadata", [&](std::string_view name) {
            if (equal_folded(name, "name")) return read_text_or_null(pair.name);
            if (equal_folded(name, "value")) return read_text_or_null(pair.value);
            return in_.skip_value();
        });
        return ok && add_pair(pair);
    }

    bool read_text_or_null(std::string_view& text) {
        return in_.take_null() || in_.read_string(text);
    }

    JsonScanner in_;
    const std::size_t size_;
    write::PushBatch& batch_;
    write::TextArena& arena_;
    ListRoom room_;
    std::uint64_t views_left_;
    std::vector<LabelView> labels_;
    std::string scratch_;
};

}  // namespace

Result<write::PushBatch> decode_push_json(Buffer body, bool legacy, BudgetShare& share) {
    write::PushBatch batch;
    auto bytes = std::make_shared<Buffer>(std::move(body));
    auto arena = std::make_shared<write::TextArena>();
    PushJsonReader reader(*bytes, batch, *arena, share);
    if (!reader.read_request(legacy)) return reader.error();
    batch.owners.push_back(std::move(bytes));
    batch.owners.push_back(std::move(arena));
    return batch;
}

}  // namespace skald::api
