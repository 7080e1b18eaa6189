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

/// First byte of a record's payload (docs/formats/wal-record.md): the lines are in it as they are,
inline constexpr std::uint8_t kWalRecordWithLines = 1;
/// or the request's body is, as the client packed it, and where in it the lines are.
inline constexpr std::uint8_t kWalRecordWithBody = 2;

/// A record in the parts that it is made of; `body` is empty, or follows `head` and is packed.
struct WalPayload {
    std::string_view head;
    std::string_view body;
};

/// Encodes the batch's entries as one record: with the batch's body if all lines lie in that in
/// their order and it is worth it, else with a copy of the lines. The head goes into `out`, whose
/// old bytes are lost; the views are of `out` and of the batch's body.
/// Cost: some 10 ns an entry, and the copy.
WalPayload encode_wal_record(const cluster::StreamBatch& batch, Buffer& out);

/// Decodes records one after the other. The streams of earlier records are remembered by the bytes
/// of their labels, because most records name streams that were named before.
/// Threading: single-owner.
class WalRecordDecoder {
public:
    WalRecordDecoder();

    /// The batch is valid until the next call and points into `payload`. Accepts any bytes. Memory:
    /// that of the largest body, which is kept.
    /// Errors: kCorruption.
    Result<const cluster::StreamBatch*> decode(std::string_view payload);
    std::size_t streams() const { return streams_.size(); }

private:
    Result<void> read_streams(ByteReader& in);
    Result<StreamPtr> stream_of(std::string_view labels);
    Result<void> read_times(ByteReader& in);
    Result<void> read_lengths(ByteReader& in, std::uint64_t longest);
    Result<void> read_gaps(ByteReader& in);
    Result<void> read_levels(ByteReader& in);
    Result<void> read_metadata(ByteReader& in);
    Result<void> read_lines(ByteReader& in);
    Result<void> read_body(ByteReader& in);
    Result<void> unpack(std::string_view packed);

    std::unordered_map<std::string, StreamPtr, TransparentStringHash, std::equal_to<>> streams_;
    cluster::StreamBatch batch_;
    std::vector<std::uint32_t> lengths_;
    std::vector<std::uint32_t> gaps_;
    Buffer unpacked_;
    std::vector<std::uint32_t> levels_;
    std::vector<std::string_view> level_names_;
};

}  // namespace skald::write
