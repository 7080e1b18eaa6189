// SPDX-License-Identifier: Apache-2.0
#include "connections.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace skald::grpc {
namespace {

std::array<int, 2> socket_pair() {
    std::array<int, 2> pair{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
    return pair;
}

TEST(OpenSockets, ForgetsWhatWasClosedAlsoIfItsNumberIsUsedAgain) {
    OpenSockets open;
    const std::array<int, 2> first = socket_pair();
    open.add(first[0]);
    open.add(first[1]);
    EXPECT_TRUE(open.is_full(2));
    EXPECT_FALSE(open.is_full(3));
    EXPECT_EQ(open.count(), 2u);

    close(first[0]);
    EXPECT_FALSE(open.is_full(2));
    EXPECT_EQ(open.count(), 1u);

    const std::array<int, 2> other = socket_pair();
    dup2(other[0], first[1]);
    EXPECT_EQ(open.count(), 0u);
    for (const int each : {first[1], other[0], other[1]}) close(each);
}

}  // namespace
}  // namespace skald::grpc
