// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/runtime/task.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace skald {

/// A listening TCP socket on an I/O thread.
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

/// Listens on the first address that `address` stands for and that can be bound; empty: all
/// interfaces, IPv6's "any" taking IPv4 too. Port 0: one that is free. Blocking if the address is a
/// name. Errors: kUnavailable if it cannot be resolved or bound.
Result<TcpAcceptor> listen_on(const Executor& executor, const std::string& address,
                              std::uint16_t port);

}  // namespace skald
