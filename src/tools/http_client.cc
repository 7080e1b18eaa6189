// SPDX-License-Identifier: Apache-2.0
#include "http_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace skald::tools {

namespace {

constexpr timeval kPatience{.tv_sec = 300, .tv_usec = 0};
/// A page of an export is smaller.
constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 30;

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    ~Socket() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&&) = delete;

    int get() const { return descriptor_; }

private:
    int descriptor_;
};

Error no_answer(const std::string& place, const std::string& why) {
    return {ErrorCode::kUnavailable, place + ": " + why};
}

Result<Socket> connect_to(const std::string& host, const std::string& port) {
    const std::string place = host + ":" + port;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
        return no_answer(place, gai_strerror(error));
    std::string why = "no address";
    std::optional<Socket> connected;
    for (const addrinfo* at = found; at != nullptr && !connected; at = at->ai_next) {
        Socket attempt(socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
        if (attempt.get() < 0) continue;
        setsockopt(attempt.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
        setsockopt(attempt.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        if (connect(attempt.get(), at->ai_addr, at->ai_addrlen) == 0)
            connected.emplace(std::move(attempt));
        else
            why = std::strerror(errno);
    }
    freeaddrinfo(found);
    if (!connected) return no_answer(place, why);
    return *std::move(connected);
}

Result<void> send_all(const Socket& socket, std::string_view bytes, const std::string& place) {
    while (!bytes.empty()) {
        const ssize_t sent = send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return no_answer(place, std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<std::string> receive_all(const Socket& socket, const std::string& place) {
    std::string bytes;
    std::string buffer(64U << 10, '\0');
    for (;;) {
        const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return no_answer(place, std::strerror(errno));
        if (got == 0) return bytes;
        bytes.append(buffer, 0, static_cast<std::size_t>(got));
        if (bytes.size() > kAnswerBytesMax) return no_answer(place, "the answer is too large");
    }
}

/// The value of a header, its name in lower case.
std::optional<std::string> header_of(std::string head, std::string_view name) {
    std::ranges::transform(head, head.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t at = head.find("\r\n" + std::string(name) + ":");
    if (at == std::string::npos) return std::nullopt;
    std::size_t begin = at + name.size() + 3;
    while (begin < head.size() && head[begin] == ' ') ++begin;
    return head.substr(begin, std::min(head.find("\r\n", begin), head.size()) - begin);
}

Result<HttpAnswer> parse_answer(const std::string& bytes, const std::string& place) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos || !bytes.starts_with("HTTP/1.") || bytes.size() < 12)
        return no_answer(place, "the answer is not HTTP");
    HttpAnswer answer;
    std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
    const std::string head = bytes.substr(0, end + 2);
    answer.body = bytes.substr(end + 4);
    if (header_of(head, "transfer-encoding"))
        return no_answer(place, "the answer comes in chunks, which is not understood");
    if (const auto length = header_of(head, "content-length")) {
        std::size_t expected = 0;
        std::from_chars(length->data(), length->data() + length->size(), expected);
        if (answer.body.size() != expected) return no_answer(place, "the answer is cut off");
    }
    return answer;
}

}  // namespace

Result<HttpClient> HttpClient::create(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme))
        return Error{ErrorCode::kInvalidArgument,
                     std::string(url) + ": the URL of a server begins with http://"};
    url.remove_prefix(kScheme.size());
    HttpClient client;
    const std::size_t slash = std::min(url.find('/'), url.size());
    client.prefix_ = url.substr(slash);
    while (client.prefix_.ends_with('/')) client.prefix_.pop_back();
    const std::string_view place = url.substr(0, slash);
    const std::size_t colon = std::min(place.rfind(':'), place.size());
    client.host_ = place.substr(0, colon);
    client.port_ = colon == place.size() ? "80" : place.substr(colon + 1);
    return client;
}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view target,
                                       const Headers& headers, std::string_view body) const {
    const std::string place = host_ + ":" + port_;
    SKALD_TRY(const Socket socket, connect_to(host_, port_));
    std::string text = std::string(method) + " " + prefix_ + std::string(target) +
                       " HTTP/1.1\r\nHost: " + place + "\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    text += body;
    SKALD_CHECK(send_all(socket, text, place));
    SKALD_TRY(const std::string bytes, receive_all(socket, place));
    return parse_answer(bytes, place);
}

}  // namespace skald::tools
