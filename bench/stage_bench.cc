// SPDX-License-Identifier: Apache-2.0
//
// The stages that work on lines, over made-up lines of web servers: GB of text per CPU second and
// nanoseconds a line, beside a copy of the same text in the same run.
#include <skald/read/logql/parser.h>
#include <skald/read/logql/row_stage.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace std::string_view_literals;
using skald::read::RowStage;
using skald::read::StageRow;
using skald::read::WantedLabels;

/// A row that costs as little as one can: parsed labels are views in a list.
class ViewRow final : public StageRow {
public:
    void reset(std::string_view line) {
        line_ = line;
        parsed_.clear();
        kept_.clear();
        failed_ = false;
    }
    std::size_t size() const { return parsed_.size(); }

    skald::TimeNs time() const override { return 0; }
    std::string_view line() const override { return line_; }
    void set_line(std::string_view line) override { line_ = line; }
    bool is_base(std::string_view name) const override {
        return name == "app"sv || name == "env"sv || name == "service_name"sv;
    }
    bool is_parsed(std::string_view name) const override { return find(name).has_value(); }
    void set_parsed(std::string_view name, std::string_view value) override {
        parsed_.emplace_back(name, value);
    }
    void remove(std::string_view) override {}
    std::optional<std::string_view> find(std::string_view name) const override {
        for (const auto& [known, value] : parsed_) {
            if (known == name) return value;
        }
        return std::nullopt;
    }
    void for_each(
        const std::function<void(std::string_view, std::string_view)>& use) const override {
        for (const auto& [name, value] : parsed_) use(name, value);
    }
    bool has_error() const override { return failed_; }
    void set_error(std::string, std::string) override { failed_ = true; }
    std::string_view keep(std::string text) override { return kept_.emplace_back(std::move(text)); }

private:
    std::string_view line_;
    std::vector<std::pair<std::string_view, std::string_view>> parsed_;
    std::deque<std::string> kept_;
    bool failed_ = false;
};

struct Lines {
    std::string text;
    std::vector<std::uint32_t> offsets{0};

    std::string_view line(std::size_t i) const {
        return std::string_view(text).substr(offsets[i], offsets[i + 1] - offsets[i] - 1);
    }
    std::size_t count() const { return offsets.size() - 1; }
};

constexpr const char* kMethods[] = {"GET", "POST", "PUT", "DELETE"};
constexpr const char* kPaths[] = {"/api/v1/users", "/api/v1/orders", "/health", "/login"};

void json_line(char* line, std::size_t size, std::uint64_t bits) {
    std::snprintf(
        line, size,
        "{\"ts\":\"2026-11-01T12:%02d:%02d.%03dZ\",\"level\":\"info\",\"method\":\"%s\","
        "\"path\":\"%s/%d\",\"status\":%d,\"duration_ms\":%d.%d,\"bytes\":%d,"
        "\"client\":\"10.%d.%d.%d\",\"trace_id\":\"%016llx\",\"user_agent\":\"Mozilla/5.0 "
        "(X11; Linux x86_64)\",\"request\":{\"id\":\"%08llx\",\"host\":\"h%d\"},"
        "\"msg\":\"request finished\"}",
        int(bits % 60), int(bits / 60 % 60), int(bits / 3600 % 1000), kMethods[bits >> 20 & 3],
        kPaths[bits >> 33 & 3], int(bits >> 24 & 511), (bits >> 36 & 63) == 0 ? 503 : 200,
        int(bits >> 40 & 255), int(bits >> 48 & 7), int(bits >> 12 & 65535), int(bits >> 8 & 255),
        int(bits >> 16 & 255), int(bits >> 50 & 255), static_cast<unsigned long long>(bits * 3),
        static_cast<unsigned long long>(bits & 0xFFFFFFFF), int(bits & 15));
}

void logfmt_line(char* line, std::size_t size, std::uint64_t bits) {
    std::snprintf(line, size,
                  "ts=2026-11-01T12:%02d:%02d.%03dZ level=info caller=handler.go:%d method=%s "
                  "path=%s status=%d duration=%d.%dms size=%dB trace_id=%016llx client=10.%d.%d.%d "
                  "user_agent=\"Mozilla/5.0 (X11; Linux x86_64)\" msg=\"request finished\"",
                  int(bits % 60), int(bits / 60 % 60), int(bits / 3600 % 1000),
                  int(bits >> 24 & 511), kMethods[bits >> 20 & 3], kPaths[bits >> 33 & 3],
                  (bits >> 36 & 63) == 0 ? 503 : 200, int(bits >> 40 & 255), int(bits >> 48 & 7),
                  int(bits >> 12 & 65535), static_cast<unsigned long long>(bits * 3),
                  int(bits >> 8 & 255), int(bits >> 16 & 255), int(bits >> 50 & 255));
}

void access_line(char* line, std::size_t size, std::uint64_t bits) {
    std::snprintf(
        line, size,
        "10.%d.%d.%d - - [01/Nov/2026:12:%02d:%02d +0000] \"%s %s?page=%d HTTP/1.1\" %d %d "
        "\"https://example.org/\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
        int(bits >> 8 & 255), int(bits >> 16 & 255), int(bits >> 50 & 255), int(bits % 60),
        int(bits / 60 % 60), kMethods[bits >> 20 & 3], kPaths[bits >> 33 & 3],
        int(bits >> 24 & 511), (bits >> 36 & 63) == 0 ? 503 : 200, int(bits >> 12 & 65535));
}

Lines make_lines(void (*make)(char*, std::size_t, std::uint64_t)) {
    std::mt19937_64 random(1);
    Lines lines;
    while (lines.text.size() < std::size_t{8} << 20) {
        char line[640];
        make(line, sizeof line, random());
        lines.text += line;
        lines.text.push_back('\n');
        lines.offsets.push_back(static_cast<std::uint32_t>(lines.text.size()));
    }
    return lines;
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Best of five, in CPU seconds.
double seconds(const std::function<std::size_t()>& run, std::size_t& labels) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
        const double start = cpu_seconds();
        labels = run();
        best = std::min(best, cpu_seconds() - start);
    }
    return best;
}

struct Case {
    const char* stage;
    const Lines& lines;
    WantedLabels wanted;
};

void measure(const Case& one) {
    const auto parsed = skald::read::parse_query("{a=\"b\"} | " + std::string(one.stage));
    if (!parsed) return;
    const auto& log = std::get<skald::read::LogExpr>((*parsed)->node);
    const auto stage = RowStage::compile(log.stages.front(), one.wanted);
    if (!stage) return;
    ViewRow row;
    std::size_t labels = 0;
    const double taken = seconds(
        [&] {
            std::size_t count = 0;
            for (std::size_t i = 0; i < one.lines.count(); ++i) {
                row.reset(one.lines.line(i));
                (*stage)->run(row);
                count += row.size();
            }
            return count;
        },
        labels);
    const auto bytes = static_cast<double>(one.lines.text.size());
    const auto rows = static_cast<double>(one.lines.count());
    std::printf("%-64s %8.2f %8.0f %8.1f\n", one.stage, bytes / taken / 1e9, taken / rows * 1e9,
                static_cast<double>(labels) / rows);
}

}  // namespace

int main() {
    const Lines json = make_lines(json_line);
    const Lines logfmt = make_lines(logfmt_line);
    const Lines access = make_lines(access_line);
    std::string copy(json.text.size(), '\0');
    std::size_t ignored = 0;
    const double copied = seconds(
        [&] {
            std::memcpy(copy.data(), json.text.data(), copy.size());
            return std::size_t{static_cast<unsigned char>(copy[copy.size() / 2])};
        },
        ignored);
    std::printf("%-64s %8s %8s %8s\n", "stage", "GB/s", "ns/line", "labels");
    std::printf("%-64s %8.2f\n", "memcpy", static_cast<double>(copy.size()) / copied / 1e9);
    const Case cases[] = {
        {"json", json, {}},
        {"json", json, {false, {"__error__", "status"}}},
        {"json", json, {false, {"level", "method", "status"}}},
        {"json", json, {false, {"request_host"}}},
        {"json level=\"level\"", json, {}},
        {"json host=\"request.host\"", json, {}},
        {"logfmt", logfmt, {}},
        {"logfmt", logfmt, {false, {"__error__", "duration", "path"}}},
        {"logfmt", logfmt, {false, {"method", "size"}}},
        {"logfmt d=\"duration\"", logfmt, {}},
        {"pattern `<ip> - - [<_>] \"<method> <path>?<_>\" <status> <_>`", access, {}},
        {"pattern `<ip> - - [<_>] \"<method> <path>?<_>\" <status> <_>`",
         access,
         {false, {"status"}}},
        {"regexp `\"(?P<method>[A-Z]+) (?P<path>[^ ?]+)`", access, {}},
        {"regexp `\"(?P<method>[A-Z]+) (?P<path>[^ ?]+)`", access, {false, {"method"}}},
        {"regexp `^(?P<ip>\\S+) .* (?P<code>\\d{3}) (?P<size>\\d+)`", access, {}},
        {"line_format `{{.app}} {{__line__}}`", access, {}},
        {"label_format x=`{{.app | upper}}`", access, {}},
        {"decolorize", access, {}},
    };
    for (const Case& one : cases) measure(one);
}
