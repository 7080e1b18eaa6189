// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>

#include <grpcpp/support/status.h>

#include <string>

namespace skald::grpc {

/// The one table from failures to gRPC. What may pass when it is sent again later carries
/// google.rpc.RetryInfo, without which senders of OpenTelemetry drop what was refused.
::grpc::Status to_status(const Error& error);

/// The `status_code` label of `loki_request_duration_seconds`: "success", or the status that HTTP
/// would answer with, as the dashboards group them.
std::string status_label(const ::grpc::Status& status);

}  // namespace skald::grpc
