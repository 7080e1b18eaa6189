// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/result.h>
#include <skald/foundation/base/units.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of a write-ahead log file; docs/formats/wal.md has them in words.
namespace skald::storage::wal_format {

inline constexpr std::string_view kFileMagic = "SKALDWAL";
inline constexpr std::uint32_t kVersion = 1;
/// 0xF7 begins no UTF-8 character, so log text hardly ever holds it.
inline constexpr std::string_view kFrameMagic = "\xF7SKR";
inline constexpr std::size_t kFileHeaderBytes = 40;
inline constexpr std::size_t kFrameHeaderBytes = 40;
inline constexpr std::size_t kRecordBytesMax = kGiB;
/// LZ4 gains nothing worth its call on smaller payloads.
inline constexpr std::size_t kCompressFrom = 256;
/// No LZ4 block unpacks to more than this many bytes for each of its own.
inline constexpr std::size_t kExpansionMax = 255;

enum class Codec : std::uint8_t { kNone = 0, kLz4 = 1 };

/// What binds frames to their file: a frame that was copied from another file, or that a client
/// sent inside a payload, does not pass for one of this file.
struct FileIdentity {
    std::uint64_t generation = 0;
    std::uint64_t salt = 0;  ///< Random, chosen when the file is made.
};

struct FrameHeader {
    Codec codec = Codec::kNone;
    std::uint32_t stored_bytes = 0;
    std::uint32_t raw_bytes = 0;
    std::uint64_t payload_checksum = 0;
    std::uint64_t salt = 0;
};

std::string encode_file_header(const FileIdentity& identity);
/// Errors: kCorruption; kNotSupported if it is whole but of another version.
Result<FileIdentity> decode_file_header(std::string_view bytes);

/// Header and stored bytes of one record. The header still lacks what only the file's writer knows.
std::string make_frame(std::string_view payload);
/// The same without compression, of a payload in two parts: without the second one, which belongs
/// behind it.
std::string begin_plain_frame(std::string_view head, std::string_view rest);
/// Completes the header of a frame for its place in the file.
void seal_frame(std::string& frame, const FileIdentity& identity, std::uint64_t offset);

/// The header at the start of `bytes`, if it is whole and was made for this place.
std::optional<FrameHeader> decode_frame_header(std::string_view bytes, std::uint64_t generation,
                                               std::uint64_t offset);
/// The payload of a record: `stored` itself, or unpacked into `room`, whose memory is kept for the
/// next record. Nothing if the record is damaged.
std::optional<std::string_view> unpack_payload(const FrameHeader& header, std::string_view stored,
                                               Buffer& room);

}  // namespace skald::storage::wal_format
