// SPDX-License-Identifier: Apache-2.0
#include "web_socket_frame.h"

#include <skald/foundation/base/units.h>

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace skald::api {

namespace {

constexpr char kTextFrame = '\x81';   ///< The last of its message.
constexpr char kCloseFrame = '\x88';  ///< The same.
constexpr std::size_t kShortMax = 125;
constexpr std::size_t kMediumMax = 65535;
constexpr char kMedium = 126;
constexpr char kLong = 127;

/// From here on pages of its own pay: below, a copy costs less than looking them up.
constexpr std::size_t kFileBytesMin = 16 * kKiB;
constexpr std::size_t kFileClientsMin = 32;
/// Descriptors that messages may have in all: clients that don't read keep theirs for long.
constexpr int kFilesMax = 128;
std::atomic<int> files{0};

std::string head_of_text(std::size_t size) {
    const std::size_t size_bytes = size <= kShortMax ? 0 : size <= kMediumMax ? 2 : 8;
    std::string head{kTextFrame};
    head += size_bytes == 0 ? static_cast<char>(size) : size_bytes == 2 ? kMedium : kLong;
    for (std::size_t i = size_bytes; i > 0; --i) head += static_cast<char>(size >> (8 * (i - 1)));
    return head;
}

/// -1 if there can't be one; the bytes are then sent from where they are.
int file_with(std::string_view bytes) {
    if (files.fetch_add(1) < kFilesMax) {
        const int file = ::memfd_create("message", MFD_CLOEXEC);
        if (file >= 0) {
            if (::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()))
                return file;
            ::close(file);
        }
    }
    files.fetch_sub(1);
    return -1;
}

}  // namespace

std::shared_ptr<const WebSocketFrame> WebSocketFrame::of_text(std::string_view text,
                                                              std::size_t clients) {
    std::string bytes = head_of_text(text.size());
    const std::size_t head_size = bytes.size();
    bytes += text;
    auto frame = std::make_shared<WebSocketFrame>(std::move(bytes));
    frame->head_size_ = head_size;
    // Never written again: sockets refer to the pages until their clients have them.
    if (clients >= kFileClientsMin && frame->size() >= kFileBytesMin)
        frame->file_ = file_with(frame->bytes_);
    return frame;
}

WebSocketFrame::~WebSocketFrame() {
    if (file_ < 0) return;
    ::close(file_);
    files.fetch_sub(1);
}

bool WebSocketFrame::closes() const noexcept {
    return bytes_.starts_with(kCloseFrame);
}

ssize_t WebSocketFrame::write_to(int socket, std::size_t from) const {
    if (file_ < 0)
        return ::send(socket, bytes_.data() + from, size() - from, MSG_DONTWAIT | MSG_NOSIGNAL);
    auto at = static_cast<off_t>(from);
    return ::sendfile(socket, file_, &at, size() - from);
}

}  // namespace skald::api
