// SPDX-License-Identifier: Apache-2.0
#include "file_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace skald::storage {
namespace {

std::string reason_of(int number) {
    switch (number) {
        case ENOSPC: return "the disk is full: no space left on the device";
        case EDQUOT: return "the disk quota is used up";
        default: return std::generic_category().message(number);
    }
}

std::string message_of(int number, std::string_view operation, std::string_view path) {
    std::string message = "cannot ";
    message.append(operation).append(" ").append(path).append(": ").append(reason_of(number));
    return message;
}

}  // namespace

Error file_error(int number, std::string_view operation, std::string_view path) {
    const bool full = number == ENOSPC || number == EDQUOT;
    return Error{full ? ErrorCode::kUnavailable : ErrorCode::kIo,
                 message_of(number, operation, path)};
}

Error file_error_or_not_found(int number, std::string_view operation, std::string_view path) {
    if (number == ENOENT || number == ENOTDIR) {
        return Error{ErrorCode::kNotFound, message_of(number, operation, path)};
    }
    return file_error(number, operation, path);
}

}  // namespace skald::storage
