// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/bytes.h>
#include <skald/storage/block/block.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace skald::storage {

/// How a column's bytes are compressed; the numbers are in the format (docs/formats/block.md).
enum class Codec : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2, kSnappy = 3, kGzip = 4 };

/// "none", "lz4", "zstd", "snappy" or "gzip".
std::string_view codec_name(Codec codec) noexcept;
/// The codec of that name. Errors: kInvalidArgument.
Result<Codec> parse_codec(std::string_view text);

/// The columns of a block in the order of their bytes.
enum class Column : std::uint8_t {
    kTimes = 0,
    kOffsets = 1,
    kLevels = 2,
    kMetadata = 3,
    kText = 4
};
inline constexpr std::size_t kColumnCount = 5;

/// Where a column lies in the block's bytes and how to check it.
struct ColumnHeader {
    std::uint32_t offset = 0;
    std::uint32_t stored_size = 0;
    std::uint32_t raw_size = 0;
    Codec codec = Codec::kNone;
    std::uint32_t checksum = 0;  ///< Low half of XXH3-64 over the stored bytes.
};

/// Everything about a block but its columns' bytes; kept in the segment's footer.
struct BlockHeader {
    BlockSummary summary;
    std::array<ColumnHeader, kColumnCount> columns;

    std::uint32_t stored_size() const;
    void encode(ByteWriter& out) const;
    /// Checks that columns lie one after the other and that sizes are inside `kBlockBytesMax`.
    static Result<BlockHeader> decode(ByteReader& in);
};

/// No column of a block is larger than this when decoded; larger sizes in a header are corruption.
inline constexpr std::uint32_t kBlockBytesMax = 1U << 30;
/// No block has more rows.
inline constexpr std::uint32_t kBlockRowsMax = 1U << 24;
/// No block has more rows times metadata names: decoded, each takes four bytes.
inline constexpr std::uint32_t kMetadataCellsMax = 1U << 26;
/// Largest plausible `metadata_bytes` of a summary.
inline constexpr std::uint64_t kMetadataBytesMax = std::uint64_t{1} << 40;

/// A block's header and its columns' bytes, and the filter that a segment keeps apart from them.
struct EncodedBlock {
    BlockHeader header;
    std::string bytes;
    std::string filter = {};  ///< As BlockFilter::build makes it; may be empty.
};

/// The rows of a block to be, as columns. `metadata` names are sorted.
/// Requires: the order and uniqueness that Block promises.
struct BlockRows {
    std::span<const TimeNs> times;
    LineColumn lines;
    const MetadataColumn* levels = nullptr;     ///< May be null: no row has one.
    const MetadataColumns* metadata = nullptr;  ///< May be null.
};

/// How blocks are compressed.
struct EncodeOptions {
    Codec codec = Codec::kZstd;
    int zstd_level = 1;
    bool filter = true;
};

/// Compresses the columns and builds the filter. Cost: the text column's codec, 1.7-2 ns a byte for
/// zstd-1.
EncodedBlock encode_block(const BlockRows& rows, const EncodeOptions& options);

/// Gets the stored bytes of one column; memory, or a range of a file.
class ColumnReader {
public:
    virtual ~ColumnReader() = default;
    /// The bytes [offset, offset + size) of the block. `owner` keeps them alive. Errors: kIo,
    /// kNotFound.
    struct Bytes {
        std::string_view view;
        std::shared_ptr<const void> owner;
    };
    virtual Result<Bytes> read(std::uint32_t offset, std::uint32_t size) const = 0;
    /// True if reading costs no I/O.
    virtual bool in_memory() const = 0;
};

// Decoders of one column each, from its stored bytes. They accept any bytes. Errors: kCorruption.

Result<TimeColumn> decode_times(const BlockHeader& header, std::string_view stored);
Result<OffsetColumn> decode_offsets(const BlockHeader& header, std::string_view stored);
/// `offsets` are the decoded ones of the same block.
Result<LineColumn> decode_lines(const BlockHeader& header, std::string_view stored,
                                OffsetColumn offsets);
Result<std::shared_ptr<const MetadataColumn>> decode_levels(const BlockHeader& header,
                                                            std::string_view stored);
Result<std::shared_ptr<const MetadataColumns>> decode_metadata(const BlockHeader& header,
                                                               std::string_view stored);

/// A block over stored bytes; each call decodes anew (caching is the store's job).
std::shared_ptr<const Block> make_encoded_block(BlockHeader header,
                                                std::shared_ptr<const ColumnReader> reader);
/// The same over bytes in memory.
std::shared_ptr<const Block> make_encoded_block(std::shared_ptr<const EncodedBlock> block);

}  // namespace skald::storage
