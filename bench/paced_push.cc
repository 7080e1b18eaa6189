// SPDX-License-Identifier: Apache-2.0
//
// Open-loop push load: many keep-alive connections that push in turn at a fixed total rate. The
// latency of a push counts from the moment it was due, so a server that stalls is charged for every
// push that it made wait, not only for the one it was busy with.
//
//   paced_push PUSH_FILE PORT CONNECTIONS PUSHES_PER_SECOND
//
// PUSH_FILE is made by `lokibench gen`: each body behind its length, four bytes, little-endian.
#include <boost/asio.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Code = boost::system::error_code;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "paced_push: %s\n", why.c_str());
    std::exit(1);
}

/// One keep-alive connection; a push that comes while another one is out waits for its answer.
class Pusher {
public:
    Pusher(asio::io_context& io, const Tcp::endpoint& server, std::vector<double>& latencies)
        : socket_(io), latencies_(latencies) {
        socket_.connect(server);
        socket_.set_option(Tcp::no_delay(true));
    }

    void push(const std::string& body, Clock::time_point due) {
        waiting_.push_back({&body, due});
        if (waiting_.size() == 1) send();
    }

private:
    struct Push {
        const std::string* body;
        Clock::time_point due;
    };

    void send() {
        head_ =
            "POST /loki/api/v1/push HTTP/1.1\r\nHost: bench\r\nContent-Type: "
            "application/x-protobuf\r\nContent-Length: " +
            std::to_string(waiting_.front().body->size()) + "\r\n\r\n";
        const std::array<asio::const_buffer, 2> request = {asio::buffer(head_),
                                                           asio::buffer(*waiting_.front().body)};
        asio::async_write(socket_, request, [this](const Code& error, std::size_t) {
            if (error) give_up("sending: " + error.message());
            receive();
        });
    }

    void receive() {
        asio::async_read_until(socket_, asio::dynamic_buffer(answer_), "\r\n\r\n",
                               [this](const Code& error, std::size_t size) {
                                   if (error) give_up("receiving: " + error.message());
                                   if (answer_.compare(0, 12, "HTTP/1.1 204") != 0)
                                       give_up("refused: " + answer_);
                                   answer_.erase(0, size);
                                   answered();
                               });
    }

    void answered() {
        const std::chrono::duration<double, std::milli> taken = Clock::now() - waiting_.front().due;
        latencies_.push_back(taken.count());
        waiting_.pop_front();
        if (!waiting_.empty()) send();
    }

    Tcp::socket socket_;
    std::vector<double>& latencies_;
    std::deque<Push> waiting_;
    std::string head_;
    std::string answer_;
};

std::vector<std::string> load(const char* path) {
    std::ifstream in(path, std::ios::binary);
    std::vector<std::string> bodies;
    for (std::uint32_t size = 0; in.read(reinterpret_cast<char*>(&size), sizeof size);) {
        bodies.emplace_back(size, '\0');
        in.read(bodies.back().data(), size);
    }
    if (bodies.empty()) give_up(std::string("no pushes in ") + path);
    return bodies;
}

/// Hands out the pushes that are due; runs until all are out.
class Schedule {
public:
    Schedule(asio::io_context& io, std::vector<std::unique_ptr<Pusher>>& pushers,
             const std::vector<std::string>& bodies, double rate)
        : timer_(io), pushers_(pushers), bodies_(bodies), rate_(rate), start_(Clock::now()) {}

    void run() {
        while (next_ < bodies_.size() && due(next_) <= Clock::now()) {
            pushers_[next_ % pushers_.size()]->push(bodies_[next_], due(next_));
            ++next_;
        }
        if (next_ == bodies_.size()) return;
        timer_.expires_at(due(next_));
        timer_.async_wait([this](const Code&) { run(); });
    }

private:
    Clock::time_point due(std::size_t index) const {
        const std::chrono::duration<double> after(static_cast<double>(index) / rate_);
        return start_ + std::chrono::duration_cast<Clock::duration>(after);
    }

    asio::steady_timer timer_;
    std::vector<std::unique_ptr<Pusher>>& pushers_;
    const std::vector<std::string>& bodies_;
    const double rate_;
    const Clock::time_point start_;
    std::size_t next_ = 0;
};

double quantile(const std::vector<double>& sorted, double part) {
    const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return sorted[std::min(at, sorted.size() - 1)];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) give_up("usage: paced_push PUSH_FILE PORT CONNECTIONS PUSHES_PER_SECOND");
    const std::vector<std::string> bodies = load(argv[1]);
    const Tcp::endpoint server(asio::ip::address_v4::loopback(),
                               static_cast<std::uint16_t>(std::atoi(argv[2])));
    asio::io_context io(1);
    std::vector<double> latencies;  // Milliseconds.
    std::vector<std::unique_ptr<Pusher>> pushers;
    for (int i = 0; i < std::atoi(argv[3]); ++i) {
        pushers.push_back(std::make_unique<Pusher>(io, server, latencies));
    }
    Schedule schedule(io, pushers, bodies, std::atof(argv[4]));
    const Clock::time_point begin = Clock::now();
    schedule.run();
    io.run();
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    std::sort(latencies.begin(), latencies.end());
    std::printf(
        "%zu pushes in %.2f s = %.0f/s, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms\n",
        latencies.size(), seconds.count(), static_cast<double>(latencies.size()) / seconds.count(),
        quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 0.999),
        latencies.back());
}
