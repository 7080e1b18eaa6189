// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/runtime/listen.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <vector>

namespace skald {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

Error unavailable(const std::string& where, const boost::system::error_code& ec) {
    return Error{ErrorCode::kUnavailable, "can't listen on " + where + ": " + ec.message()};
}

boost::system::error_code try_endpoint(TcpAcceptor& acceptor, const tcp::endpoint& endpoint) {
    boost::system::error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
        acceptor.set_option(asio::ip::v6_only(false), ec);
    }
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) acceptor.non_blocking(true, ec);
    if (ec) {
        boost::system::error_code ignored;
        acceptor.close(ignored);
    }
    return ec;
}

/// The addresses that a name stands for; both "any" if it is empty.
Result<std::vector<tcp::endpoint>> endpoints_of(const std::string& address, std::uint16_t port) {
    std::vector<tcp::endpoint> endpoints;
    if (address.empty()) {
        endpoints.emplace_back(asio::ip::address_v6::any(), port);
        endpoints.emplace_back(asio::ip::address_v4::any(), port);
        return endpoints;
    }
    boost::system::error_code ec;
    const auto literal = asio::ip::make_address(address, ec);
    if (!ec) {
        endpoints.emplace_back(literal, port);
        return endpoints;
    }
    asio::io_context context;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(address, "", ec);
    if (ec) return unavailable(address, ec);
    for (const auto& entry : found) endpoints.emplace_back(entry.endpoint().address(), port);
    return endpoints;
}

}  // namespace

Result<TcpAcceptor> listen_on(const Executor& executor, const std::string& address,
                              std::uint16_t port) {
    SKALD_TRY(const std::vector<tcp::endpoint> endpoints, endpoints_of(address, port));
    TcpAcceptor acceptor(executor);
    boost::system::error_code ec = asio::error::host_not_found;
    for (const tcp::endpoint& endpoint : endpoints) {
        ec = try_endpoint(acceptor, endpoint);
        if (!ec) return acceptor;
    }
    return unavailable(address + ":" + std::to_string(port), ec);
}

}  // namespace skald
