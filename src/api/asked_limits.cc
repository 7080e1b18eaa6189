// SPDX-License-Identifier: Apache-2.0
#include "asked_limits.h"

#include "error_response.h"
#include "json_scanner.h"

#include <skald/foundation/base/units.h>
#include <skald/foundation/model/text.h>

#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace skald::api {

namespace {

constexpr std::string_view kHeader = "X-Loki-Query-Limits";
constexpr std::size_t kHeaderMax = 4 * kKiB;

Error refused(const std::string& why) {
    return {ErrorCode::kInvalidArgument, "invalid " + std::string(kHeader) + " header: " + why};
}

/// Reads the members of the object one by one. A value may be `null`: it is then not set.
class LimitsReader {
public:
    LimitsReader(JsonScanner& in, read::AskedLimits& limits) : in_(in), limits_(limits) {}

    bool read_member(std::string_view name) {
        if (in_.take_null()) return true;
        if (name == "maxQueryLength") return duration(name, limits_.max_query_length);
        if (name == "maxQueryInterval") return duration(name, limits_.max_query_range);
        if (name == "maxQueryLookback") return duration(name, limits_.max_query_lookback);
        if (name == "maxQueryTime") return duration(name, limits_.query_timeout);
        if (name == "maxQueryBytesRead") return bytes(name, limits_.max_query_bytes_read);
        if (name == "maxEntriesLimitPerQuery")
            return count(name, limits_.max_entries_limit_per_query);
        if (name == "minimumLabelsNumber") return count(name, limits_.minimum_labels_number);
        if (name == "requiredLabels") return texts(limits_.required_labels);
        return in_.skip_value();
    }

private:
    bool wrong(std::string_view name, std::string_view expected) {
        return in_.fail(std::string(name) + " must be " + std::string(expected));
    }
    bool duration(std::string_view name, DurationNs& out) {
        std::string_view text;
        if (in_.peek() != '"') return wrong(name, "a duration as text, \"1h\" for example");
        if (!in_.read_string(text)) return false;
        const auto duration = parse_prometheus_duration(text);
        if (!duration || *duration < 0)
            return wrong(name, "a duration as text, \"1h\" for example");
        out = *duration;
        return true;
    }
    bool count(std::string_view name, std::uint32_t& out) {
        std::string_view text;
        if (in_.peek() == '"' || !in_.read_scalar(text)) return wrong(name, "a whole number");
        const auto number = parse_int(text);
        const bool fits =
            number && *number >= 0 && *number <= std::numeric_limits<std::uint32_t>::max();
        if (!fits) return wrong(name, "a whole number");
        out = static_cast<std::uint32_t>(*number);
        return true;
    }
    bool bytes(std::string_view name, std::uint64_t& out) {
        std::string_view text;
        const bool read = in_.peek() == '"' ? in_.read_string(text) : in_.read_scalar(text);
        const auto size = parse_byte_size(text);
        if (!read || !size) return wrong(name, "a number of bytes, 1000000 or \"1MB\" for example");
        out = *size;
        return true;
    }
    bool texts(std::vector<std::string>& out) {
        return read_array(in_, "requiredLabels", [&] {
            std::string_view text;
            if (!in_.read_string(text)) return false;
            out.emplace_back(text);
            return true;
        });
    }

    JsonScanner& in_;
    read::AskedLimits& limits_;
};

Task<HttpResponse> handle_with_limits(Router::Handler handler, HttpRequest request) {
    std::string header = request.headers.joined(kHeader);
    if (!header.empty()) {
        auto limits = parse_asked_limits(std::move(header));
        if (!limits) co_return query_error(limits.error(), request);
        request.asked_limits = std::make_shared<const read::AskedLimits>(*std::move(limits));
    }
    HttpResponse response = co_await handler(std::move(request));
    co_return response;
}

}  // namespace

Result<read::AskedLimits> parse_asked_limits(std::string header) {
    if (header.size() > kHeaderMax) return refused("it has more than 4096 bytes");
    read::AskedLimits limits;
    JsonScanner in(header.data(), header.size(), "");
    LimitsReader reader(in, limits);
    const bool read = read_object<MemberNames::kUnescaped>(
        in, "the header", [&](std::string_view name) { return reader.read_member(name); });
    if (!read) return refused(in.error());
    if (!in.at_end()) return refused("there is something behind the JSON object");
    return limits;
}

Router::Handler ask_limits(Router::Handler handler) {
    return [handler = std::move(handler)](HttpRequest request) {
        return handle_with_limits(handler, std::move(request));
    };
}

}  // namespace skald::api
