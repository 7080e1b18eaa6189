// SPDX-License-Identifier: Apache-2.0
//
// The wire format is https://protobuf.dev/programming-guides/encoding/; error texts are those that
// clients know from gogo-proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace skald::api {

/// Walks through protobuf messages that may be malformed, field by field, without building
/// anything. Readers of one message type derive from it.
///
/// Invariant: after a read returned false `take_error` says why; the caller reads no more.
/// Threading: single-owner.
class ProtoScanner {
public:
    /// `views_bytes`: what `charge` may take altogether.
    explicit ProtoScanner(std::uint64_t views_bytes) : views_left_(views_bytes) {}

    std::string take_error() { return std::move(error_); }

protected:
    enum WireType : std::uint32_t {
        kVarint = 0,
        kFixed64 = 1,
        kBytes = 2,
        kGroup = 3,
        kEndGroup = 4,
        kFixed32 = 5
    };

    struct Cursor {
        const char* at;
        const char* end;

        explicit Cursor(std::string_view bytes)
            : at(bytes.data()), end(bytes.data() + bytes.size()) {}
        bool done() const { return at == end; }
    };
    struct Tag {
        std::int32_t field = 0;
        std::uint32_t type = 0;
        const char* begin = nullptr;  ///< Where the tag itself begins.
    };

    // Errors are made out of line, so that what reads stays small enough to be inlined.
    [[gnu::noinline, gnu::cold]] bool fail(std::string message) {
        error_ = std::move(message);
        return false;
    }
    [[gnu::noinline, gnu::cold]] bool fail_end() { return fail("unexpected EOF"); }

    /// Takes `bytes` of memory for views from what the message may need.
    bool charge(std::size_t bytes) {
        if (bytes > views_left_) [[unlikely]]
            return refuse_empty_messages();
        views_left_ -= bytes;
        return true;
    }

    bool read_varint(Cursor& in, std::uint64_t& value) {
        if (!in.done() && static_cast<unsigned char>(*in.at) < 0x80) {
            value = static_cast<unsigned char>(*in.at++);
            return true;
        }
        return read_long_varint(in, value);
    }
    bool read_long_varint(Cursor& in, std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (in.done()) return fail_end();
            const auto byte = static_cast<unsigned char>(*in.at++);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return true;
        }
        return fail("proto: integer overflow");
    }

    bool read_bytes(Cursor& in, std::string_view& bytes) {
        std::uint64_t size = 0;
        if (!read_varint(in, size)) return false;
        if (size > static_cast<std::uint64_t>(in.end - in.at)) [[unlikely]]
            return refuse_length(size);
        bytes = {in.at, size};
        in.at += size;
        return true;
    }

    bool read_tag(Cursor& in, const char* message, Tag& tag) {
        tag.begin = in.at;
        std::uint64_t value = 0;
        if (!read_varint(in, value)) return false;
        tag.field = static_cast<std::int32_t>(value >> 3);
        tag.type = static_cast<std::uint32_t>(value & 7);
        if (tag.type == kEndGroup || tag.field <= 0) [[unlikely]]
            return refuse_tag(message, tag, value);
        return true;
    }

    [[gnu::noinline, gnu::cold]] bool wrong_type(const Tag& tag, const char* field) {
        return fail("proto: wrong wireType = " + std::to_string(tag.type) + " for field " + field);
    }
    bool read_bytes_field(Cursor& in, const Tag& tag, const char* field, std::string_view& bytes) {
        if (tag.type != kBytes) return wrong_type(tag, field);
        return read_bytes(in, bytes);
    }

    /// Skips a field of any type; `in` is behind its tag. Groups nest without recursion.
    bool skip(Cursor& in, const Tag& tag) {
        in.at = tag.begin;
        std::uint64_t depth = 0;
        do {
            std::uint64_t value = 0;
            if (!read_varint(in, value)) return false;
            if (!skip_value(in, static_cast<std::uint32_t>(value & 7), depth)) return false;
        } while (depth > 0);
        return true;
    }
    bool skip_value(Cursor& in, std::uint32_t type, std::uint64_t& depth) {
        std::uint64_t number = 0;
        std::string_view bytes;
        switch (type) {
            case kVarint: return read_varint(in, number);
            case kFixed64: return skip_fixed(in, 8);
            case kBytes: return read_bytes(in, bytes);
            case kGroup: ++depth; return true;
            case kEndGroup:
                if (depth == 0) return fail("proto: unexpected end of group");
                --depth;
                return true;
            case kFixed32: return skip_fixed(in, 4);
            default: return fail("proto: illegal wireType " + std::to_string(type));
        }
    }
    bool skip_fixed(Cursor& in, std::ptrdiff_t size) {
        if (in.end - in.at < size) return fail_end();
        in.at += size;
        return true;
    }

private:
    [[gnu::noinline, gnu::cold]] bool refuse_empty_messages() {
        return fail("proto: too many empty messages");
    }
    [[gnu::noinline, gnu::cold]] bool refuse_length(std::uint64_t length) {
        if (static_cast<std::int64_t>(length) < 0)
            return fail("proto: negative length found during unmarshaling");
        return fail_end();
    }
    [[gnu::noinline, gnu::cold]] bool refuse_tag(const char* message, const Tag& tag,
                                                 std::uint64_t value) {
        if (tag.type == kEndGroup)
            return fail(std::string("proto: ") + message + ": wiretype end group for non-group");
        return fail(std::string("proto: ") + message + ": illegal tag " +
                    std::to_string(tag.field) + " (wire type " + std::to_string(value) + ")");
    }

    std::uint64_t views_left_;
    std::string error_;
};

}  // namespace skald::api
