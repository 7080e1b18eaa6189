// SPDX-License-Identifier: Apache-2.0
//
// Many tails that cost next to nothing, so that what a bench sees is the server's share. One thread
// reads all WebSockets; frames are not parsed: it counts the lines' mark as the bytes go by.
//
//   tail_clients PORT TAILS QUERY [MARK]
//
// Prints `ready` when all tails are open. A line on the standard input makes it print
// `LINES_MIN LINES_MAX BYTES DELAY_P50_MS DELAY_P99_MS DELAY_MAX_MS`: what the tails have seen
// since the line before, and how late the lines of every 40th tail and of the last one were (those
// that have ` pushed=NANOSECONDS`). The end of the input ends it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        char code[4];
        std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
        out += code;
    }
    return out;
}

/// One WebSocket and what went by on it.
struct Tail {
    int socket = -1;
    std::uint64_t lines = 0;
    std::string rest;  ///< The end of the last piece: a mark may be cut in two.
};

int open_tail(std::uint16_t port, const std::string& query) {
    const int tail = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(tail, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0)
        give_up("connect");
    const std::string request = "GET /loki/api/v1/tail?limit=1&query=" + escaped(query) +
                                " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
                                "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                "Sec-WebSocket-Version: 13\r\n\r\n";
    if (::send(tail, request.data(), request.size(), 0) < 0) give_up("send");
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n")) {
        if (::recv(tail, &byte, 1, 0) != 1) give_up("recv");
        head.push_back(byte);
    }
    if (head.find(" 101 ") == std::string::npos) give_up(head.c_str());
    ::fcntl(tail, F_SETFL, O_NONBLOCK);
    return tail;
}

class Clients {
public:
    Clients(std::uint16_t port, std::size_t count, const std::string& query, std::string mark)
        : mark_(std::move(mark)), poll_(::epoll_create1(0)), buffer_(1U << 20) {
        for (std::size_t i = 0; i < count; ++i) {
            Tail& tail = tails_.emplace_back();
            tail.socket = open_tail(port, query);
            watch(tail.socket, i);
        }
        watch(STDIN_FILENO, kInput);
    }

    void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int count = ::epoll_wait(poll_, events.data(), events.size(), -1);
            for (int i = 0; i < count; ++i) {
                const std::uint64_t which = events[static_cast<std::size_t>(i)].data.u64;
                if (which != kInput) {
                    read(tails_[which], which % kTimedEvery == 0 || which + 1 == tails_.size());
                } else if (!answer()) {
                    return;
                }
            }
        }
    }

private:
    static constexpr std::uint64_t kInput = UINT64_MAX;
    static constexpr std::uint64_t kTimedEvery = 40;
    static constexpr std::string_view kPushed = " pushed=";

    void watch(int descriptor, std::uint64_t which) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = which;
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
    }

    void read(Tail& tail, bool looks_at_times) {
        const ssize_t size = ::recv(tail.socket, buffer_.data(), buffer_.size(), 0);
        if (size < 0) return;
        if (size == 0) {
            ::epoll_ctl(poll_, EPOLL_CTL_DEL, tail.socket, nullptr);
            return;
        }
        bytes_ += static_cast<std::uint64_t>(size);
        const std::string_view piece(buffer_.data(), static_cast<std::size_t>(size));
        // What began in the piece before.
        tail.rest.append(piece.substr(0, mark_.size() - 1));
        tail.lines += count(tail.rest) + count(piece);
        tail.rest.assign(piece.substr(piece.size() - std::min(piece.size(), mark_.size() - 1)));
        if (looks_at_times) note_delays(piece);
    }

    /// The mark begins with a byte that is rare in what the tails get: faster than memmem.
    std::uint64_t count(std::string_view text) const {
        std::uint64_t found = 0;
        for (std::size_t at = 0; (at = text.find(mark_.front(), at)) != std::string_view::npos;
             ++at)
            found += text.substr(at, mark_.size()) == mark_ ? 1 : 0;
        return found;
    }

    void note_delays(std::string_view piece) {
        const std::int64_t now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count();
        for (std::size_t at = 0; (at = piece.find(kPushed, at)) != std::string_view::npos;) {
            at += kPushed.size();
            if (piece.size() - at < 20) break;
            delays_.push_back(static_cast<double>(now - std::atoll(piece.data() + at)) / 1e6);
        }
    }

    bool answer() {
        char line[64];
        if (::read(STDIN_FILENO, line, sizeof line) <= 0) return false;
        const auto [least, most] =
            std::minmax_element(tails_.begin(), tails_.end(),
                                [](const Tail& a, const Tail& b) { return a.lines < b.lines; });
        std::sort(delays_.begin(), delays_.end());
        const auto delay = [&](std::size_t percent) {
            return delays_.empty() ? 0.0 : delays_[(delays_.size() - 1) * percent / 100];
        };
        std::printf("%llu %llu %llu %.1f %.1f %.1f\n",
                    static_cast<unsigned long long>(least->lines),
                    static_cast<unsigned long long>(most->lines),
                    static_cast<unsigned long long>(bytes_), delay(50), delay(99), delay(100));
        std::fflush(stdout);
        for (Tail& tail : tails_) tail.lines = 0;
        bytes_ = 0;
        delays_.clear();
        return true;
    }

    const std::string mark_;
    const int poll_;
    std::vector<char> buffer_;
    std::vector<Tail> tails_;
    std::uint64_t bytes_ = 0;
    std::vector<double> delays_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "tail_clients PORT TAILS QUERY [MARK]\n");
        return 2;
    }
    Clients clients(static_cast<std::uint16_t>(std::atoi(argv[1])),
                    static_cast<std::size_t>(std::atoi(argv[2])), argv[3],
                    argc > 4 ? argv[4] : " pushed=");
    std::puts("ready");
    std::fflush(stdout);
    clients.run();
    return 0;
}
