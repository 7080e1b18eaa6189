// SPDX-License-Identifier: Apache-2.0
//
// Goal: streams are spread evenly, move little when members come and go, and a write goes to
// healthy members or fails in Loki's words.
// Method: rings with made-up members; balance and movement counted over many tokens.
#include "support/result_assertions.h"

#include <skald/cluster/ring/ring.h>
#include <skald/foundation/base/units.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace skald::cluster {
namespace {

constexpr TimeNs kNow = 1'793'491'200 * kNanosPerSecond;

RingInstance member(const std::string& id, InstanceState state = InstanceState::kActive) {
    return {.id = id,
            .address = id + ":9095",
            .zone = "",
            .state = state,
            .heartbeat = kNow,
            .registered = kNow,
            .read_only = false,
            .tokens = make_tokens(id, 128)};
}
std::vector<std::uint32_t> sample_tokens() {
    return make_tokens("sample", 20'000);
}
std::string owner(const Ring& ring, std::uint32_t token) {
    const auto owners = ring.owners(token, kNow);
    return owners && owners->size() == 1 ? owners->front() : "none";
}
std::map<std::string, int> shares(const Ring& ring) {
    std::map<std::string, int> shares;
    for (const std::uint32_t token : sample_tokens()) ++shares[owner(ring, token)];
    return shares;
}

TEST(RingToken, IsFnv1OfTenantAndLabels) {
    const auto token = [](const char* tenant, std::string_view labels) {
        return ring_token(*TenantId::parse(tenant), labels);
    };

    // FNV-1 32 of "a" and "foobar" in the authors' test suite.
    EXPECT_EQ(token("a", ""), 0x050c5d7eU);
    EXPECT_EQ(token("foo", "bar"), 0x31f0b262U);
    EXPECT_EQ(token("fo", "obar"), token("foob", "ar"));
}

TEST(RingTokens, AreTheSameForOneIdAndDistinct) {
    const auto tokens = make_tokens("a", 5000);

    EXPECT_EQ(tokens, make_tokens("a", 5000));
    EXPECT_NE(tokens, make_tokens("b", 5000));
    EXPECT_TRUE(std::is_sorted(tokens.begin(), tokens.end()));
    EXPECT_EQ(std::set<std::uint32_t>(tokens.begin(), tokens.end()).size(), 5000U);
    EXPECT_TRUE(make_tokens("a", 0).empty());
}

TEST(Ring, OwnsByTheFirstTokenBehind) {
    Ring ring({});
    RingInstance a = member("a");
    a.tokens = {100, 300};
    RingInstance b = member("b");
    b.tokens = {200};
    ring.put(a);
    ring.put(b);

    EXPECT_EQ(owner(ring, 0), "a");
    EXPECT_EQ(owner(ring, 99), "a");
    EXPECT_EQ(owner(ring, 100), "b");  // The first token *above* the key.
    EXPECT_EQ(owner(ring, 199), "b");
    EXPECT_EQ(owner(ring, 200), "a");
    EXPECT_EQ(owner(ring, 300), "a");
    EXPECT_EQ(owner(ring, 0xFFFFFFFF), "a");
}

TEST(Ring, SpreadsStreamsEvenly) {
    Ring ring({});
    for (const char* id : {"a", "b", "c", "d"}) ring.put(member(id));

    for (const auto& [id, count] : shares(ring)) {
        EXPECT_NE(id, "none");
        EXPECT_GT(count, 20'000 / 4 * 0.7) << id;
        EXPECT_LT(count, 20'000 / 4 * 1.3) << id;
    }
}

TEST(Ring, MovesOnlyWhatANewMemberTakes) {
    Ring ring({});
    for (const char* id : {"a", "b", "c"}) ring.put(member(id));
    std::map<std::uint32_t, std::string> before;
    for (const std::uint32_t token : sample_tokens()) before[token] = owner(ring, token);

    ring.put(member("d"));

    int moved = 0;
    for (const auto& [token, id] : before) {
        const std::string now = owner(ring, token);
        if (now == id) continue;
        ++moved;
        ASSERT_EQ(now, "d");
    }
    EXPECT_GT(moved, 20'000 / 4 * 0.7);
    EXPECT_LT(moved, 20'000 / 4 * 1.3);

    EXPECT_TRUE(ring.forget("d"));
    EXPECT_FALSE(ring.forget("d"));
    for (const auto& [token, id] : before) ASSERT_EQ(owner(ring, token), id);
}

TEST(Ring, ListsMembersById) {
    Ring ring({});
    for (const char* id : {"c", "a", "b"}) ring.put(member(id));
    RingInstance changed = member("b");
    changed.zone = "z";
    ring.put(changed);

    const auto instances = ring.instances();

    ASSERT_EQ(instances.size(), 3U);
    EXPECT_EQ(instances[0].id, "a");
    EXPECT_EQ(instances[1].zone, "z");
    EXPECT_EQ(instances[2].id, "c");
}

TEST(Ring, FailsWithoutMembers) {
    const Ring ring({});
    const auto owners = ring.owners(1, kNow);

    ASSERT_FALSE(owners);
    EXPECT_EQ(owners.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(owners.error().message, "empty ring");
}

TEST(Ring, FailsWhenTheOwnerIsSilent) {
    Ring ring({.replication_factor = 1, .heartbeat_timeout = 60 * kNanosPerSecond});
    ring.put(member("a"));

    EXPECT_OK(ring.owners(1, kNow + 60 * kNanosPerSecond));
    const auto owners = ring.owners(1, kNow + 60 * kNanosPerSecond + 1);
    ASSERT_FALSE(owners);
    EXPECT_EQ(owners.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(owners.error().message,
              "at least 1 live replicas required, could only find 0 - unhealthy instances: a:9095");

    ring.heartbeat("a", kNow + 50 * kNanosPerSecond);
    ring.heartbeat("unknown", kNow);
    EXPECT_OK(ring.owners(1, kNow + 100 * kNanosPerSecond));
}

TEST(Ring, PassesOverMembersThatTakeNoWrites) {
    Ring ring({});
    ring.put(member("a"));
    ring.put(member("b"));
    RingInstance c = member("c");
    c.read_only = true;
    ring.put(c);

    ring.set_state("b", InstanceState::kLeaving);

    const std::map<std::string, int> expected = {{"a", 20'000}};
    EXPECT_EQ(shares(ring), expected);

    ring.set_state("a", InstanceState::kPending);
    const auto none = ring.owners(1, kNow);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("at least 1 live replicas required, could only find 0 - "
                                        "unhealthy instances: "),
              std::string::npos);
}

TEST(Ring, WritesToAMajorityOfReplicas) {
    Ring ring({.replication_factor = 3, .heartbeat_timeout = kNanosPerMinute});
    for (const char* id : {"a", "b", "c", "d", "e"}) ring.put(member(id));

    for (const std::uint32_t token : make_tokens("some", 500)) {
        const auto owners = ring.owners(token, kNow);
        ASSERT_OK(owners);
        ASSERT_EQ(std::set<std::string>(owners->begin(), owners->end()).size(), 3U);
    }

    // A silent member keeps its place: two of three are left, and are enough.
    for (const char* id : {"b", "c", "d", "e"}) ring.heartbeat(id, kNow + kNanosPerHour);
    std::set<std::size_t> sizes;
    for (const std::uint32_t token : make_tokens("some", 500)) {
        const auto owners = ring.owners(token, kNow + kNanosPerHour);
        ASSERT_OK(owners);
        EXPECT_EQ(std::count(owners->begin(), owners->end(), "a"), 0);
        sizes.insert(owners->size());
    }
    EXPECT_EQ(sizes, (std::set<std::size_t>{2, 3}));
}

TEST(Ring, RefusesWithoutAMajority) {
    Ring ring({.replication_factor = 3, .heartbeat_timeout = kNanosPerMinute});
    ring.put(member("a"));

    const auto owners = ring.owners(1, kNow);

    ASSERT_FALSE(owners);
    EXPECT_EQ(owners.error().message, "at least 2 live replicas required, could only find 1");
}

TEST(Ring, RoutesManyTokensAsOneByOne) {
    Ring ring({.replication_factor = 2, .heartbeat_timeout = kNanosPerMinute});
    for (const char* id : {"a", "b", "c"}) ring.put(member(id));
    const auto tokens = make_tokens("some", 300);

    const auto routes = ring.route(tokens, kNow);

    ASSERT_OK(routes);
    EXPECT_FALSE(routes->one_owner);
    EXPECT_EQ(routes->quorum, 2U);
    EXPECT_EQ(routes->instances.size(), 3U);
    ASSERT_EQ(routes->begins.size(), tokens.size() + 1);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        std::vector<std::string> ids;
        for (std::uint32_t k = routes->begins[i]; k < routes->begins[i + 1]; ++k)
            ids.push_back(routes->instances[routes->members[k]]);
        ASSERT_EQ(ids, *ring.owners(tokens[i], kNow));
    }
}

TEST(Ring, RoutesEverythingToALoneMember) {
    Ring ring({});
    ring.put(member("a"));
    const std::vector<std::uint32_t> tokens = {1, 2};

    const auto routes = ring.route(tokens, kNow);

    ASSERT_OK(routes);
    EXPECT_TRUE(routes->one_owner);
    EXPECT_EQ(routes->instances, std::vector<std::string>{"a"});
    EXPECT_FALSE(ring.route(tokens, kNow + kNanosPerHour));
}

TEST(Ring, NamesStatesAsLoki) {
    EXPECT_EQ(to_string(InstanceState::kActive), "ACTIVE");
    EXPECT_EQ(to_string(InstanceState::kLeaving), "LEAVING");
    EXPECT_EQ(to_string(InstanceState::kPending), "PENDING");
    EXPECT_EQ(to_string(InstanceState::kJoining), "JOINING");
    EXPECT_EQ(to_string(InstanceState::kLeft), "LEFT");
}

}  // namespace
}  // namespace skald::cluster
