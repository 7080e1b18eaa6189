// SPDX-License-Identifier: Apache-2.0
#include "call_status.h"

#include <gtest/gtest.h>

namespace skald::grpc {
namespace {

using ::grpc::StatusCode;

TEST(CallStatus, SaysWhatIsTheSendersFaultAndWhatIsNot) {
    EXPECT_EQ(to_status({ErrorCode::kInvalidArgument, "x"}).error_code(),
              StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(to_status({ErrorCode::kUnauthenticated, "x"}).error_code(),
              StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(to_status({ErrorCode::kForbidden, "x"}).error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(to_status({ErrorCode::kIo, "disk"}).error_code(), StatusCode::UNAVAILABLE);
    EXPECT_EQ(to_status({ErrorCode::kIo, "disk"}).error_message(), "disk");
}

TEST(CallStatus, AsksToComeAgainOnlyWhereThatHelps) {
    EXPECT_EQ(to_status({ErrorCode::kInvalidArgument, "x"}).error_details(), "");
    EXPECT_EQ(to_status({ErrorCode::kTooLarge, "x"}).error_details(), "");
    // google.rpc.Status with RetryInfo of one second.
    EXPECT_EQ(to_status({ErrorCode::kLimitExceeded, "rate"}).error_details(),
              std::string("\x08\x08\x12\x04rate\x1a\x30\x0a\x28type.googleapis.com/"
                          "google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x01"));
}

TEST(CallStatus, LabelsAsHttpWould) {
    EXPECT_EQ(status_label(::grpc::Status::OK), "success");
    EXPECT_EQ(status_label({StatusCode::CANCELLED, ""}), "cancel");
    EXPECT_EQ(status_label(to_status({ErrorCode::kLimitExceeded, ""})), "429");
    EXPECT_EQ(status_label(to_status({ErrorCode::kInternal, ""})), "500");
}

}  // namespace
}  // namespace skald::grpc
