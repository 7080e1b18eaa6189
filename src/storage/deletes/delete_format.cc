// SPDX-License-Identifier: Apache-2.0
//
// The bytes of docs/formats/deletes.md.
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/deletes/delete_request.h>

#include <cstdint>

namespace skald::storage {

namespace {

constexpr std::string_view kMagic = "SKALDDEL";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumBytes = 8;

Error damaged(std::string_view what) {
    return {ErrorCode::kCorruption, "delete request: " + std::string(what)};
}

bool is_id(std::string_view text) {
    return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string DeleteRequest::object_key() const {
    // A tenant's name may begin with a dot, a part of a key may not.
    return std::string(kDeletesPrefix) + "t-" + tenant.text() + "/" + id + ".del";
}

std::string encode_delete_request(const DeleteRequest& request) {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kMagic);
    out.u32(kVersion);
    out.text(request.tenant.text());
    out.text(request.id);
    out.text(request.query);
    out.i64(request.start);
    out.i64(request.end);
    out.i64(request.created);
    out.u8(static_cast<std::uint8_t>(request.state));
    out.i64(request.changed);
    out.u64(hash64(bytes));
    return bytes;
}

Result<DeleteRequest> decode_delete_request(std::string_view bytes) {
    if (bytes.size() < kMagic.size() + kChecksumBytes) return damaged("too short");
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    if (ByteReader(bytes.substr(body.size())).u64() != hash64(body)) return damaged("checksum");
    ByteReader in(body);
    if (in.raw(kMagic.size()) != kMagic) return damaged("not one");
    if (in.u32() != kVersion) return damaged("unknown version");
    const Result<TenantId> tenant = TenantId::parse(in.text());
    if (!in.ok() || !tenant) return damaged("tenant");
    DeleteRequest request;
    request.tenant = *tenant;
    request.id = in.text();
    request.query = in.text();
    request.start = in.i64();
    request.end = in.i64();
    request.created = in.i64();
    const std::uint8_t state = in.u8();
    request.changed = in.i64();
    if (!in.ok() || !in.done()) return damaged("length");
    if (!is_id(request.id)) return damaged("id");
    if (state > static_cast<std::uint8_t>(DeleteRequest::State::kProcessed))
        return damaged("unknown state");
    request.state = static_cast<DeleteRequest::State>(state);
    return request;
}

}  // namespace skald::storage
