// SPDX-License-Identifier: Apache-2.0
#include "outline.h"
#include "read_only_files.h"
#include "segment_outline.h"
#include "small_files_outline.h"

#include <skald/foundation/model/time.h>
#include <skald/storage/deletes/delete_request.h>
#include <skald/storage/wal/instance_file.h>
#include <skald/storage/wal/wal.h>
#include <skald/tools/inspect.h>
#include <skald/write/ingester/wal_record.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
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
    out.add("room_bytes", report.room_bytes);
    return {};
}

/// Kinds of files that are read as a whole.
struct SmallKind {
    std::string_view magic;
    Result<void> (*outline)(std::string_view bytes, Outline& out);
};
constexpr std::array<SmallKind, 5> kSmallKinds = {{{storage::kDeleteMagic, outline_delete},
                                                   {kPatternsMagic, outline_patterns},
                                                   {kAlertsMagic, outline_alerts},
                                                   {kRulesMagic, outline_rules},
                                                   {kExtentMagic, outline_extent}}};

Result<void> outline_small(const storage::RandomAccessFile& file, const std::string& path,
                           Outline& out) {
    constexpr std::uint64_t kSmallMax = 256U << 20;
    const Error foreign{ErrorCode::kInvalidArgument,
                        path +
                            ": not a segment, a log file, a delete request, saved patterns, the "
                            "state of alerts, sealed rules, a file of the disk cache or an "
                            "instance's name"};
    if (file.size() > kSmallMax) return foreign;
    SKALD_TRY(const Buffer bytes, file.read(0, file.size()));
    for (const SmallKind& kind : kSmallKinds) {
        if (bytes.view().starts_with(kind.magic)) return kind.outline(bytes.view(), out);
    }
    if (path.substr(path.rfind('/') + 1) == storage::kInstanceFile)
        return outline_instance(bytes.view(), out);
    return foreign;
}

Result<void> outline_file(storage::FileSystem& files, const InspectOptions& options, Outline& out) {
    SKALD_TRY(const auto file, files.open_read(options.file));
    out.add("file", options.file);
    out.add("bytes", file->size());
    const std::size_t length = std::min<std::uint64_t>(file->size(), kMagicBytes);
    SKALD_TRY(const Buffer magic, file->read(0, length));
    if (magic.view() == "SKALDSEG") return outline_segment(*file, options, out);
    if (magic.view() == "SKALDWAL" || options.file.ends_with(".wal"))
        return outline_wal(files, options, out);
    return outline_small(*file, options.file, out);
}

}  // namespace

Result<std::string> inspect_file(storage::FileSystem& files, const InspectOptions& options) {
    ReadOnlyFiles looking(files);
    Outline out;
    SKALD_CHECK(outline_file(looking, options, out));
    return options.json ? out.json() : out.text();
}

}  // namespace skald::tools
