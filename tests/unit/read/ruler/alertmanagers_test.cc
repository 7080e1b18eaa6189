// SPDX-License-Identifier: Apache-2.0
//
// Goal: alerts reach the receivers of their tenant and nobody else's, with that tenant's secrets.
// Method: two servers on loopback that remember what they get.
#include "alertmanagers.h"

#include "support/fake_http_server.h"
#include "support/result_assertions.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace skald::read {
namespace {

/// An Alertmanager that one can wait for.
class Receiver {
public:
    std::string url() const { return "http://" + server_.address(); }

    /// Blocks until there are so many requests; all of them.
    std::vector<support::FakeHttpServer::Request> wait(std::size_t count) {
        std::unique_lock hold(mutex_);
        came_.wait(hold, [&] { return requests_.size() >= count; });
        return requests_;
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<support::FakeHttpServer::Request> requests_;
    support::FakeHttpServer server_{[this](const support::FakeHttpServer::Request& request) {
        const std::lock_guard hold(mutex_);
        requests_.push_back(request);
        came_.notify_all();
        return support::FakeHttpServer::Answer{};
    }};
};

/// Limits of tenant "a", which a test changes; the others have the usual ones.
class LimitsOfOne final : public LimitsSource {
public:
    std::shared_ptr<const Limits> of(const TenantId& tenant) const override {
        return tenant.text() == "a" ? limits : std::make_shared<const Limits>();
    }
    void set(AlertmanagerSettings settings) {
        Limits made;
        made.ruler_alertmanager_config = std::move(settings);
        limits = std::make_shared<const Limits>(std::move(made));
    }

    std::shared_ptr<const Limits> limits = std::make_shared<const Limits>();
};

RelabelRules drops(const std::string& regex) {
    RelabelRule rule;
    rule.action = RelabelAction::kDrop;
    rule.source_labels = {"alertname"};
    rule.regex = regex;
    return *RelabelRules::create({rule});
}

std::vector<Alert> alert(const std::string& name) {
    Alert made;
    made.labels = Labels::from_pairs({{"alertname", name}});
    return {made};
}

class AlertmanagersTest : public ::testing::Test {
protected:
    AlertmanagersTest() {
        usual_settings.urls = {usual.url()};
        usual_settings.credentials = "usual";
        own_settings.urls = {own.url() + "/am/"};
    }
    ~AlertmanagersTest() override { group.close(); }

    void start() {
        auto made = Alertmanagers::create(usual_settings, limits, clock, metrics);
        ASSERT_OK(made);
        alertmanagers = *std::move(made);
        alertmanagers->start(io, group);
    }
    void put(const std::string& tenant, const std::string& name) {
        alertmanagers->put(tenant, alert(name), "");
    }

    Receiver usual;
    Receiver own;
    AlertmanagerSettings usual_settings;
    AlertmanagerSettings own_settings;
    LimitsOfOne limits;
    SystemClock clock;
    MetricsRegistry metrics;
    std::unique_ptr<Alertmanagers> alertmanagers;
    TaskGroup group;
    IoThreads io{1};
};

bool has(const support::FakeHttpServer::Request& request, const std::string& name) {
    return request.body.find("\"alertname\":\"" + name + "\"") != std::string::npos;
}

TEST_F(AlertmanagersTest, ATenantsOwnGetItsAlertsAloneAndNoneOfTheUsualSettings) {
    usual_settings.relabel = drops("Mine.*");
    limits.set(own_settings);
    start();

    put("a", "Mine1");
    const auto first = own.wait(1);
    put("a", "Mine2");
    const auto second = own.wait(2);
    put("b", "Mine3");
    put("b", "Theirs");
    const auto others = usual.wait(1);

    EXPECT_EQ(first[0].target, "/am/api/v2/alerts");
    EXPECT_FALSE(first[0].headers.contains("authorization"));
    EXPECT_TRUE(has(first[0], "Mine1"));
    EXPECT_TRUE(has(second[1], "Mine2")) << "the queue is used again";
    EXPECT_EQ(others[0].headers.at("authorization"), "Bearer usual");
    EXPECT_TRUE(has(others[0], "Theirs"));
    EXPECT_EQ(others[0].body.find("Mine"), std::string::npos);
}

TEST_F(AlertmanagersTest, NewSettingsHoldFromTheNextAlertOn) {
    limits.set(own_settings);
    start();
    put("a", "Before");
    own.wait(1);

    own_settings.credentials = "mine";
    own_settings.relabel = drops("Quiet");
    limits.set(own_settings);
    put("a", "Quiet");
    put("a", "Loud");
    const auto changed = own.wait(2);
    limits.limits = std::make_shared<const Limits>();
    put("a", "After");
    const auto others = usual.wait(1);

    EXPECT_EQ(changed[1].headers.at("authorization"), "Bearer mine");
    EXPECT_TRUE(has(changed[1], "Loud"));
    EXPECT_FALSE(has(changed[1], "Quiet"));
    EXPECT_TRUE(has(others[0], "After"));
    EXPECT_EQ(own.wait(2).size(), 2U);
}

TEST_F(AlertmanagersTest, WithoutAnAddressNothingIsSent) {
    own_settings.urls.clear();
    limits.set(own_settings);
    start();
    put("a", "Mine");
    put("b", "Theirs");
    EXPECT_EQ(usual.wait(1)[0].body.find("Mine"), std::string::npos);
}

TEST_F(AlertmanagersTest, RefusesAddressesThatCanNotBeUsed) {
    usual_settings.urls = {"ftp://x"};
    EXPECT_EQ(Alertmanagers::create(usual_settings, limits, clock, metrics).error().message,
              "ruler.alertmanager_url: the URL must begin with http:// or https://, not with ftp");
}

}  // namespace
}  // namespace skald::read
