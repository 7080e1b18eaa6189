// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/tenant.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skald::storage {

/// What a tenant has asked to be deleted, as it is stored: one small object each
/// (docs/formats/deletes.md).
struct DeleteRequest {
    enum class State : std::uint8_t {
        kReceived = 0,
        kProcessed = 1,  ///< No row that it takes is stored any more.
    };

    TenantId tenant = TenantId::anonymous();
    std::string id;     ///< 8 lower-case hex digits.
    std::string query;  ///< A log selector with optional filters, as it was sent.
    TimeNs start = 0;   ///< Both inclusive.
    TimeNs end = 0;
    TimeNs created = 0;
    State state = State::kReceived;
    TimeNs changed = 0;  ///< When the state last did.

    std::string object_key() const;
};

/// The prefix of all requests' keys.
inline constexpr std::string_view kDeletesPrefix = "deletes/";

/// What an object begins with.
inline constexpr std::string_view kDeleteMagic = "SKALDDEL";
/// The version that is written: the request twice. 1, which held it once, is read.
inline constexpr std::uint32_t kDeleteVersion = 2;

/// Whose request an object is, by its key.
struct DeleteKey {
    TenantId tenant;
    std::string id;
};
/// Nothing if it is not a key that `object_key` makes.
std::optional<DeleteKey> parse_delete_key(std::string_view key);

/// What an object says.
struct StoredDelete {
    DeleteRequest request;
    bool is_whole = false;  ///< No copy of the request is damaged.
    std::uint32_t version = 0;
};

/// As the newest version, which holds the request twice.
std::string encode_delete_request(const DeleteRequest& request);
/// Accepts any bytes. Errors: kCorruption, if no copy is whole.
Result<StoredDelete> decode_delete_request(std::string_view bytes);

}  // namespace skald::storage
