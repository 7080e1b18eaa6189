// SPDX-License-Identifier: Apache-2.0
//
// What a client of a tail sends once its socket is a WebSocket: any bytes, then the end. The
// server's side answers pings and the close, throws messages away, and ends; it never waits for
// more than was sent.
#include "../src/api/transport.h"
#include "../src/api/web_socket.h"
#include "support/sim_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

namespace asio = boost::asio;
using skald::Task;
using skald::api::WebSocket;

/// Less than a socket takes at once.
constexpr std::size_t kSentMax = 100'000;
/// What is ready shows at once: after so many turns without anything, nothing comes any more.
constexpr int kIdleTurnsMax = 1000;

/// True if there was anything.
bool take_all(int descriptor) {
    std::array<char, 4096> taken;
    bool any = false;
    while (::read(descriptor, taken.data(), taken.size()) > 0) any = true;
    return any;
}

Task<> serve(WebSocket& socket, std::string key, bool& ended) {
    if (co_await socket.accept(key)) {
        static_cast<void>(
            co_await socket.write(skald::api::WebSocketFrame::of_text("{\"streams\":[]}")));
        static_cast<void>(co_await socket.ping());
        co_await socket.read();
    }
    ended = true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) std::abort();
    const std::size_t length = std::min(size, kSentMax);
    if (::write(ends[1], bytes, length) != static_cast<ssize_t>(length)) std::abort();
    ::shutdown(ends[1], SHUT_WR);

    asio::io_context loop(1);
    skald::support::SimClock clock;
    bool ended = false;
    {
        skald::api::Socket socket(loop.get_executor());
        socket.assign(asio::ip::tcp::v4(), ends[0]);
        skald::api::Transport transport(std::move(socket), nullptr);
        WebSocket server(transport, clock);
        asio::co_spawn(loop, serve(server, "dGhlIHNhbXBsZSBub25jZQ==", ended), asio::detached);
        // The client reads, too: what nobody takes fills a socket, however small the frames are.
        int idle = 0;
        while (!ended && idle < kIdleTurnsMax) {
            const bool ran = loop.poll() > 0;
            loop.restart();
            idle = take_all(ends[1]) || ran ? 0 : idle + 1;
        }
        if (!ended) std::abort();
    }
    ::close(ends[1]);
    return 0;
}
