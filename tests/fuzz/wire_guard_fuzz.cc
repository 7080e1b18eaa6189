// SPDX-License-Identifier: Apache-2.0
//
// Bytes of an HTTP/2 client: what the guard in front of gRPC says does not depend on how they are
// cut into pieces.
#include "../src/grpc/wire_guard.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool passes(std::string_view bytes, std::size_t step) {
    skald::grpc::WireGuard guard(2);
    for (std::size_t at = 0; at < bytes.size(); at += step)
        if (!guard.check(bytes.substr(at, step), {})) return false;
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t step = 1 + data[0] % 32;
    std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (passes(bytes, bytes.size()) != passes(bytes, step)) std::abort();
    return 0;
}
