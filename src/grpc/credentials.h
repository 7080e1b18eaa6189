// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/api/tls.h>
#include <skald/foundation/base/result.h>

#include <grpcpp/security/server_credentials.h>

#include <memory>

namespace skald::grpc {

/// Shared, because gRPC's builder takes a share.
/// Plain text without certificates. Those in files are read again when they change, those in the
/// configuration itself are not. Errors: kInvalidArgument, what can't be used. Blocking.
Result<std::shared_ptr<::grpc::ServerCredentials>> make_credentials(
    const api::TlsSettings& settings);

}  // namespace skald::grpc
