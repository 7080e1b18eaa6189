// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace skald::support {

/// A blocking HTTP client on loopback that sends exactly the bytes it is given.
class RawClient {
public:
    struct Response {
        int status = 0;  ///< 0: the server closed instead of answering.
        std::string head;
        std::string body;

        /// The value of a header field, "" if there is none. `name` as the server writes it.
        std::string header(std::string_view name) const {
            const std::size_t begin = head.find("\r\n" + std::string(name) + ": ");
            if (begin == std::string::npos) return {};
            const std::size_t value = begin + name.size() + 4;
            return head.substr(value, head.find("\r\n", value) - value);
        }
    };

    explicit RawClient(std::uint16_t port, int receive_buffer = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (receive_buffer > 0)
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool connected() const { return connected_; }
    /// Both directions, from any thread: whoever waits for the server ends.
    void leave() { ::shutdown(socket_, SHUT_RDWR); }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }

    /// False once the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// The next answer; `has_body` is false for one to HEAD.
    Response receive(bool has_body = true) {
        Response response;
        std::size_t end = 0;
        while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) return response;
        }
        response.head = unread_.substr(0, end + 2);
        unread_.erase(0, end + 4);
        response.status = std::atoi(response.head.c_str() + 9);
        const std::size_t length =
            static_cast<std::size_t>(std::atoll(response.header("Content-Length").c_str()));
        while (has_body && unread_.size() < length && read_more()) {
        }
        if (has_body) {
            response.body = unread_.substr(0, length);
            unread_.erase(0, length);
        }
        return response;
    }
    Response exchange(std::string_view request) {
        send(request);
        return receive();
    }

    /// Exactly so many bytes; none if the server closes before.
    std::string take(std::size_t size) {
        while (unread_.size() < size) {
            if (!read_more()) return {};
        }
        std::string taken = unread_.substr(0, size);
        unread_.erase(0, size);
        return taken;
    }

    /// True if the server closes without sending anything more.
    bool closed() { return unread_.empty() && !read_more(); }

private:
    bool read_more() {
        char bytes[65536];
        const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        unread_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
    bool connected_ = false;
    std::string unread_;
};

}  // namespace skald::support
