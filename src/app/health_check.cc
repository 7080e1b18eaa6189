// SPDX-License-Identifier: Apache-2.0
#include "health_check.h"

#include <skald/foundation/base/result.h>
#include <skald/foundation/http/http_client.h>

#include <chrono>
#include <iostream>

namespace skald::app {

int check_health(const std::string& url) {
    constexpr std::chrono::milliseconds kPatience{5'000};
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        std::cerr << "skald: -health.url: must be like http://host:3100/ready\n";
        return 2;
    }
    const auto client = HttpClient::create({.timeout = kPatience, .use_proxy = false});
    const Result<HttpAnswer> answer = client->send({.method = "GET", .url = url});
    if (answer && answer->status == 200) {
        std::cout << "Skald is healthy\n";
        return 0;
    }
    std::cerr << "Skald is not healthy: "
              << (answer ? "it answers " + std::to_string(answer->status) : answer.error().message)
              << "\n";
    return 1;
}

}  // namespace skald::app
