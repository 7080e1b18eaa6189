// SPDX-License-Identifier: Apache-2.0
#include "health_check.h"

#include <skald/foundation/base/result.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <iostream>
#include <istream>
#include <optional>
#include <string_view>

namespace skald::app {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kPatience = std::chrono::seconds(5);
constexpr std::size_t kStatusLineMax = 1024;

struct Address {
    std::string host;
    std::string port;
    std::string path;
};

/// `http://host:port/path`; the port and the path may be left out.
std::optional<Address> parse_url(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    const std::string_view place = url.substr(0, slash);
    const std::size_t colon = std::min(place.rfind(':'), place.size());
    Address address;
    address.host = place.substr(0, colon);
    address.port = colon == place.size() ? "80" : place.substr(colon + 1);
    address.path = slash == url.size() ? "/" : url.substr(slash);
    if (address.host.empty() || address.port.empty()) return std::nullopt;
    return address;
}

/// One request on one connection. All steps share one deadline.
class Probe {
public:
    explicit Probe(const Address& address) : address_(address) {}

    /// The status line of the answer. Errors: kUnavailable.
    Result<std::string> status_line() {
        tcp::resolver resolver(context_);
        boost::system::error_code error;
        const auto places = resolver.resolve(address_.host, address_.port, error);
        if (error) return failed(error);
        SKALD_CHECK(run([&](const auto& done) {
            asio::async_connect(socket_, places,
                                [done](const auto& code, const auto&) { done(code); });
        }));
        const std::string request = "GET " + address_.path + " HTTP/1.1\r\nHost: " + address_.host +
                                    "\r\nConnection: close\r\n\r\n";
        SKALD_CHECK(run([&](const auto& done) {
            asio::async_write(socket_, asio::buffer(request),
                              [done](const auto& code, std::size_t) { done(code); });
        }));
        asio::streambuf answer(kStatusLineMax);
        SKALD_CHECK(run([&](const auto& done) {
            asio::async_read_until(socket_, answer, "\r\n",
                                   [done](const auto& code, std::size_t) { done(code); });
        }));
        std::istream text(&answer);
        std::string line;
        std::getline(text, line, '\r');
        return line;
    }

private:
    template <class Start>
    Result<void> run(const Start& start) {
        std::optional<boost::system::error_code> outcome;
        start([&outcome](const boost::system::error_code& code) { outcome = code; });
        context_.restart();
        while (!outcome && std::chrono::steady_clock::now() < deadline_)
            context_.run_one_until(deadline_);
        if (!outcome) {
            // The handler must run before its locals are gone.
            socket_.close();
            context_.run();
            return Error{ErrorCode::kUnavailable, "no answer within 5 s"};
        }
        if (*outcome) return failed(*outcome);
        return {};
    }

    static Error failed(const boost::system::error_code& code) {
        return {ErrorCode::kUnavailable, code.message()};
    }

    const Address& address_;
    asio::io_context context_;
    tcp::socket socket_{context_};
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + kPatience;
};

}  // namespace

int check_health(const std::string& url) {
    const std::optional<Address> address = parse_url(url);
    if (!address) {
        std::cerr << "skald: -health.url: must be like http://host:3100/ready\n";
        return 2;
    }
    const Result<std::string> line = Probe(*address).status_line();
    const bool ready = line && line->find(" 200") != std::string::npos;
    if (ready) {
        std::cout << "Skald is healthy\n";
        return 0;
    }
    std::cerr << "Skald is not healthy: " << (line ? *line : line.error().message) << "\n";
    return 1;
}

}  // namespace skald::app
