// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/cluster/rpc/stream_batch.h>
#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/foundation/base/result.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace skald::write {

/// First byte of a record's payload (docs/formats/wal-record.md).
inline constexpr std::uint8_t kWalRecordVersion = 1;

/// Encodes the batch's entries as one record into `out`, whose old bytes are lost, and returns the
/// record: a view of `out`. Cost: a copy of the lines and some 10 ns an entry.
std::string_view encode_wal_record(const cluster::StreamBatch& batch, Buffer& out);

/// Decodes records one after the other. The streams of earlier records are remembered by the bytes
/// of their labels, because most records name streams that were named before.
/// Threading: single-owner.
class WalRecordDecoder {
public:
    WalRecordDecoder();

    /// The batch is valid until the next call and points into `payload`. Accepts any bytes.
    /// Errors: kCorruption.
    Result<const cluster::StreamBatch*> decode(std::string_view payload);
    std::size_t streams() const { return streams_.size(); }

private:
    Result<void> read_streams(ByteReader& in);
    Result<StreamPtr> stream_of(std::string_view labels);
    Result<void> read_lengths(ByteReader& in);
    Result<void> read_levels(ByteReader& in);
    Result<void> read_metadata(ByteReader& in);
    Result<void> read_lines(ByteReader& in);

    std::unordered_map<std::string, StreamPtr, TransparentStringHash, std::equal_to<>> streams_;
    cluster::StreamBatch batch_;
    std::vector<std::uint32_t> lengths_;
    std::vector<std::uint32_t> levels_;
    std::vector<std::string_view> level_names_;
};

}  // namespace skald::write
