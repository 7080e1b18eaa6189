// SPDX-License-Identifier: Apache-2.0
//
// The bytes of docs/formats/deletes.md.
#include <skald/foundation/base/bytes.h>
#include <skald/foundation/base/hash.h>
#include <skald/storage/deletes/delete_request.h>

#include <cstdint>
#include <utility>

namespace skald::storage {

namespace {

constexpr std::uint32_t kSingleVersion = 1;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::string_view kTenantPrefix = "t-";
constexpr std::string_view kSuffix = ".del";

Error damaged(std::string_view what) {
    return {ErrorCode::kCorruption, "delete request: " + std::string(what)};
}

bool is_id(std::string_view text) {
    return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string encode_copy(const DeleteRequest& request) {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kDeleteMagic);
    out.u32(kDeleteVersion);
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

Result<DeleteRequest> decode_copy(std::string_view bytes, std::uint32_t version) {
    if (bytes.size() < kDeleteMagic.size() + kChecksumBytes) return damaged("too short");
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    if (ByteReader(bytes.substr(body.size())).u64() != hash64(body)) return damaged("checksum");
    ByteReader in(body);
    if (in.raw(kDeleteMagic.size()) != kDeleteMagic) return damaged("not one");
    if (in.u32() != version) return damaged("unknown version");
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

}  // namespace

std::string DeleteRequest::object_key() const {
    // A tenant's name may begin with a dot, a part of a key may not.
    return std::string(kDeletesPrefix) + std::string(kTenantPrefix) + tenant.text() + "/" + id +
           std::string(kSuffix);
}

std::optional<DeleteKey> parse_delete_key(std::string_view key) {
    const std::string prefix = std::string(kDeletesPrefix) + std::string(kTenantPrefix);
    if (!key.starts_with(prefix) || !key.ends_with(kSuffix)) return std::nullopt;
    key.remove_prefix(prefix.size());
    if (key.size() < kSuffix.size()) return std::nullopt;
    key.remove_suffix(kSuffix.size());
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view name = key.substr(0, slash);
    const Result<TenantId> tenant = TenantId::parse(name);
    const std::string_view id = key.substr(slash + 1);
    if (!tenant || tenant->text() != name || !is_id(id)) return std::nullopt;
    return DeleteKey{*tenant, std::string(id)};
}

std::string encode_delete_request(const DeleteRequest& request) {
    const std::string copy = encode_copy(request);
    return copy + copy;
}

Result<StoredDelete> decode_delete_request(std::string_view bytes) {
    const std::size_t half = bytes.size() / 2;
    const Result<DeleteRequest> first = decode_copy(bytes.substr(0, half), kDeleteVersion);
    const Result<DeleteRequest> second = decode_copy(bytes.substr(half), kDeleteVersion);
    if (first || second) {
        const bool is_whole = first && second && bytes.substr(0, half) == bytes.substr(half);
        return StoredDelete{first ? *first : *second, is_whole, kDeleteVersion};
    }
    // Cut off behind the first copy, by whoever asked for the size before it was written anew.
    if (Result<DeleteRequest> alone = decode_copy(bytes, kDeleteVersion))
        return StoredDelete{*std::move(alone), false, kDeleteVersion};
    SKALD_TRY(DeleteRequest request, decode_copy(bytes, kSingleVersion));
    return StoredDelete{std::move(request), true, kSingleVersion};
}

}  // namespace skald::storage
