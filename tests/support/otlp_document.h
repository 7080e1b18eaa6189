// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/buffer.h>
#include <skald/foundation/base/bytes.h>
#include <skald/write/distributor/push_batch.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skald::support {

inline Buffer buffer_of(std::string_view bytes) {
    Buffer buffer(bytes.size());
    std::copy(bytes.begin(), bytes.end(), buffer.data());
    return buffer;
}

/// Builds a protobuf message field by field.
class ProtoMessage {
public:
    ProtoMessage& number(std::uint32_t field, std::uint64_t value) {
        out().varint(field << 3);
        out().varint(value);
        return *this;
    }
    ProtoMessage& fixed64(std::uint32_t field, std::uint64_t value) {
        out().varint(field << 3 | 1);
        return little_endian(value, 8);
    }
    ProtoMessage& fixed32(std::uint32_t field, std::uint32_t value) {
        out().varint(field << 3 | 5);
        return little_endian(value, 4);
    }
    ProtoMessage& real(std::uint32_t field, double value) {
        return fixed64(field, std::bit_cast<std::uint64_t>(value));
    }
    ProtoMessage& bytes(std::uint32_t field, std::string_view value) {
        out().varint(field << 3 | 2);
        out().text(value);
        return *this;
    }
    ProtoMessage& message(std::uint32_t field, const ProtoMessage& value) {
        return bytes(field, value.bytes_);
    }
    /// The fields of `other` behind those of this message.
    ProtoMessage& append(const ProtoMessage& other) {
        bytes_ += other.bytes_;
        return *this;
    }
    const std::string& text() const { return bytes_; }

private:
    ByteWriter out() { return ByteWriter(bytes_); }
    ProtoMessage& little_endian(std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i));
        return *this;
    }
    std::string bytes_;
};

/// The batch as text: a line a stream, and below it a line an entry with its metadata.
inline std::string text_of(const write::PushBatch& batch) {
    std::string out;
    for (const auto& stream : batch.streams) {
        out += std::string(stream.labels) + "\n";
        for (std::uint32_t i = stream.entries_begin; i < stream.entries_end; ++i) {
            const EntryView& entry = batch.entries[i];
            out += "  " + std::to_string(entry.time) + " " + std::string(entry.line);
            for (std::uint32_t pair = 0; pair < entry.metadata_count; ++pair) {
                const LabelView& view = batch.pairs[entry.metadata_begin + pair];
                out += " | " + std::string(view.name) + "=" + std::string(view.value);
            }
            out += "\n";
        }
    }
    return out;
}

}  // namespace skald::support
