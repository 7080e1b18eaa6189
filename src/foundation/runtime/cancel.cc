// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/cancel.h>

namespace skald {

Error CancelToken::error() const {
    switch (reason()) {
        case CancelReason::kClientGone:
            return {ErrorCode::kCancelled, "the request was cancelled by the client"};
        case CancelReason::kDeadline:
            return {ErrorCode::kDeadlineExceeded,
                    "request timed out, decrease the duration of the request or add more label "
                    "matchers (prefer exact match over regex match) to reduce the amount of data "
                    "processed (limits_config.query_timeout)"};
        case CancelReason::kShutdown:
            return {ErrorCode::kUnavailable, "the server is shutting down"};
        case CancelReason::kNone: break;
    }
    return {ErrorCode::kInternal, "not cancelled"};
}

}  // namespace skald
