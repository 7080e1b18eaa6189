// SPDX-License-Identifier: Apache-2.0
#include "outline.h"
#include "read_only_files.h"
#include "segment_outline.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/model/time.h>
#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/wal/wal.h>
#include <skald/tools/inspect.h>
#include <skald/write/ingester/wal_record.h>

#include <charconv>
#include <memory>
#include <string_view>

namespace skald::tools {

namespace {

constexpr std::size_t kMagicBytes = 8;

/// The generation that a log file's name says.
std::optional<std::uint64_t> generation_of(std::string_view name) {
    constexpr std::size_t kDigits = 16;
    if (name.size() != kDigits + 4 || !name.ends_with(".wal")) return std::nullopt;
    std::uint64_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + kDigits, number, 16);
    if (read.ec != std::errc() || read.ptr != name.data() + kDigits) return std::nullopt;
    return number;
}

void add_batch(const cluster::StreamBatch& batch, bool all, Outline& out) {
    out.add("tenant", batch.tenant.text());
    out.add("streams", batch.streams.size());
    out.add("lines", batch.entries.size());
    if (!all) return;
    for (const auto& stream : batch.streams) {
        Outline& each = out.item("stream");
        each.add("labels", stream.stream->labels.to_string());
        for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
            const EntryView& entry = batch.entries[i];
            Outline& line = each.item("entry");
            line.add("time", format_rfc3339_nano(entry.time));
            if (!entry.level.empty()) line.add("detected_level", entry.level);
            for (std::uint32_t k = 0; k < entry.metadata_count; ++k) {
                const LabelView& pair = batch.pairs[entry.metadata_begin + k];
                line.add(pair.name, pair.value);
            }
            line.add("line", entry.line);
        }
    }
}

Result<void> outline_wal(storage::FileSystem& files, const InspectOptions& options, Outline& out) {
    const std::string folder = storage::parent_path(options.file);
    const std::string_view path = options.file;
    const auto generation = generation_of(path.substr(path.rfind('/') + 1));
    if (!generation)
        return Error{ErrorCode::kInvalidArgument,
                     options.file + ": a log file is named by 16 hex digits and .wal"};
    out.add("kind", "write-ahead log");
    out.add("generation", *generation);
    write::WalRecordDecoder decoder;
    std::uint64_t unreadable = 0;
    SKALD_TRY(const storage::WalFileReport report,
              storage::replay_wal_file(files, folder, *generation,
                                       [&](std::string_view payload) -> Result<void> {
                                           const auto batch = decoder.decode(payload);
                                           Outline& record = out.item("record");
                                           record.add("bytes", payload.size());
                                           if (batch)
                                               add_batch(**batch, options.all, record);
                                           else
                                               record.add("damaged", batch.error().message);
                                           unreadable += batch ? 0 : 1;
                                           return {};
                                       }));
    out.add("records", report.records);
    out.add("damaged_records", report.damaged_records + unreadable);
    out.add("torn_bytes", report.torn_bytes);
    return {};
}

Result<void> outline_delete(std::string_view bytes, Outline& out) {
    SKALD_TRY(const storage::DeleteRequest request, storage::decode_delete_request(bytes));
    out.add("kind", "delete request");
    out.add("tenant", request.tenant.text());
    out.add("id", request.id);
    out.add("query", request.query);
    out.add("start", format_rfc3339_nano(request.start));
    out.add("end", format_rfc3339_nano(request.end));
    out.add("created", format_rfc3339_nano(request.created));
    out.add("state",
            request.state == storage::DeleteRequest::State::kProcessed ? "processed" : "received");
    out.add("changed", format_rfc3339_nano(request.changed));
    return {};
}

/// As far as a reader can tell without the templates: docs/formats/patterns.md.
Result<void> outline_patterns(std::string_view bytes, Outline& out) {
    constexpr std::size_t kChecksumBytes = 8;
    if (bytes.size() < 16) return Error{ErrorCode::kCorruption, "saved patterns: too short"};
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    ByteReader in(body);
    in.raw(4);
    out.add("kind", "saved patterns");
    out.add("version", in.u32());
    out.add("tenants", in.varint());
    const bool is_whole = ByteReader(bytes.substr(body.size())).u64() == hash64(body);
    out.add("checksum", is_whole ? "right" : "wrong: the file is damaged");
    return {};
}

Result<void> outline_file(storage::FileSystem& files, const InspectOptions& options, Outline& out) {
    SKALD_TRY(const auto file, files.open_read(options.file));
    out.add("file", options.file);
    out.add("bytes", file->size());
    const std::size_t length = std::min<std::uint64_t>(file->size(), kMagicBytes);
    SKALD_TRY(const Buffer magic, file->read(0, length));
    constexpr std::uint64_t kSmallMax = 256U << 20;
    if (magic.view() == "SKALDSEG") return outline_segment(*file, options, out);
    if (magic.view() == "SKALDWAL" || options.file.ends_with(".wal"))
        return outline_wal(files, options, out);
    if (file->size() <= kSmallMax &&
        (magic.view() == "SKALDDEL" || magic.view().starts_with("SKPT"))) {
        SKALD_TRY(const Buffer bytes, file->read(0, file->size()));
        return magic.view() == "SKALDDEL" ? outline_delete(bytes.view(), out)
                                          : outline_patterns(bytes.view(), out);
    }
    return Error{ErrorCode::kInvalidArgument,
                 options.file + ": not a segment, a log file, a delete request or saved patterns"};
}

}  // namespace

Result<std::string> inspect_file(storage::FileSystem& files, const InspectOptions& options) {
    ReadOnlyFiles looking(files);
    Outline out;
    SKALD_CHECK(outline_file(looking, options, out));
    return options.json ? out.json() : out.text();
}

}  // namespace skald::tools
