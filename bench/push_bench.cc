// SPDX-License-Identifier: Apache-2.0
//
// The CPU time that a push costs before it reaches an ingester, in ns a byte of raw lines: decoding
// from JSON and from snappy protobuf, level detection alone, and all of validation. memcpy and
// snappy over the same bytes stand beside them. Lines are made up, or the *.log files of a folder:
//     push_bench [FOLDER]
#include "api/push_json.h"
#include "api/push_protobuf.h"
#include "write/distributor/level_detector.h"
#include "write/distributor/push_validator.h"

#include <skald/foundation/base/bytes.h>
#include <skald/foundation/model/text.h>

#include <snappy.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using skald::Buffer;
using skald::write::PushBatch;

constexpr std::size_t kBytes = 8 << 20;         ///< Of lines, a kind.
constexpr std::size_t kRequestBytes = 1 << 20;  ///< Of lines, a request.
constexpr int kStreams = 50;
constexpr std::int64_t kNow = 1'793'491'200'000'000'000;

/// std::mt19937 gives 64-bit integers here.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    unsigned operator()() { return static_cast<unsigned>(engine_()); }

private:
    std::mt19937 engine_;
};

using Lines = std::vector<std::string>;
struct Kind {
    std::string name;
    Lines lines;
};

template <class... Values>
std::string format(const char* pattern, Values... values) {
    char line[1024];
    std::snprintf(line, sizeof line, pattern, values...);
    return line;
}

std::string access_line(Random& random) {
    const unsigned a = random();
    const unsigned b = random();
    return format(
        "10.%u.%u.%u - - [01/Nov/2026:12:%02u:%02u +0000] \"GET /api/v1/items/%u?page=%u "
        "HTTP/1.1\" "
        "%u %u \"https://shop.example.com/\" \"Mozilla/5.0 (X11; Linux x86_64) "
        "AppleWebKit/537.36\"",
        a & 255, a >> 8 & 255, a >> 16 & 255, b % 60, b / 60 % 60, b >> 12 & 4095, b >> 4 & 31,
        b % 50 == 0 ? 500U : 200U, b & 65535);
}
std::string logfmt_line(Random& random) {
    const unsigned a = random();
    return format(
        "ts=2026-11-01T12:%02u:%02u.%03uZ caller=handler.go:%u level=%s method=GET path=/login "
        "status=200 "
        "duration=%ums trace=%08x%08x msg=\"request finished in time\"",
        a % 60, a / 60 % 60, a % 1000, a >> 4 & 511, a % 9 == 0 ? "warn" : "info", a >> 7 & 255,
        random(), random());
}
std::string fields_line(Random& random) {
    const unsigned a = random();
    return format(
        "acquire lock=%u, flags=0x%x, tag=\"View Lock\", name=com.example.systemui, ws=null, "
        "uid=%u, "
        "pid=%u, changed = false, bounds = [%u, %u]",
        a, a & 15, a >> 8 & 65535, a >> 3 & 4095, a & 2047, a >> 11 & 2047);
}
std::string json_line(Random& random) {
    const unsigned a = random();
    return format(
        "{\"ts\":\"2026-11-01T12:%02u:%02uZ\",\"level\":\"%s\",\"logger\":\"http\",\"msg\":"
        "\"request %u done\","
        "\"user\":{\"id\":%u,\"name\":\"ann\"},\"took_ms\":%u,\"path\":\"/api/v1/"
        "items\",\"ok\":true}",
        a % 60, a / 60 % 60, a % 9 == 0 ? "error" : "info", a >> 8, a >> 4 & 4095, a & 1023);
}
std::string json_without_level_line(Random& random) {
    const unsigned a = random();
    return format(
        "{\"ts\":\"2026-11-01T12:%02u:%02uZ\",\"logger\":\"http\",\"msg\":\"request %u done\","
        "\"user\":{\"id\":%u,\"name\":\"ann\"},\"took_ms\":%u,\"path\":\"/api/v1/"
        "items\",\"ok\":true}",
        a % 60, a / 60 % 60, a >> 8, a >> 4 & 4095, a & 1023);
}
std::string sshd_line(Random& random) {
    const unsigned a = random();
    return format(
        "Nov  1 12:%02u:%02u host sshd[%u]: Failed password for invalid user admin from "
        "10.%u.%u.%u port %u ssh2",
        a % 60, a / 60 % 60, a & 32767, a >> 8 & 255, a >> 16 & 255, a >> 24, a >> 5 & 65535);
}
std::string short_line(Random& random) {
    return format("tick %u", random() & 1023);
}

Lines make_lines(std::string (*make)(Random&)) {
    Random random(1);
    Lines lines;
    for (std::size_t bytes = 0; bytes < kBytes; bytes += lines.back().size())
        lines.push_back(make(random));
    return lines;
}

Lines read_folder(const char* folder) {
    Lines once;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".log") continue;
        std::ifstream in(file.path());
        for (std::string line; std::getline(in, line);) once.push_back(line);
    }
    Lines lines;
    std::size_t bytes = 0;
    while (bytes < kBytes && !once.empty())
        for (const std::string& line : once) {
            bytes += line.size();
            lines.push_back(line);
        }
    return lines;
}

struct Request {
    std::string json;
    std::string protobuf;  ///< Not compressed.
    std::string snappy;
    std::size_t line_bytes = 0;
};

std::string label_text(int stream) {
    return "{app=\"app-" + std::to_string(stream) + "\", env=\"prod\", host=\"node-" +
           std::to_string(stream % 7) + "\"}";
}

void append_field(std::string& out, std::uint32_t field, std::string_view bytes) {
    skald::ByteWriter writer(out);
    writer.varint(field << 3 | 2);
    writer.text(bytes);
}

/// One request of the lines from `begin` on, dealt to the streams in turn by runs.
Request make_request(const Lines& lines, std::size_t begin, std::size_t end) {
    Request request;
    request.json = "{\"streams\":[";
    const std::size_t run = (end - begin) / kStreams + 1;
    int stream_number = 0;
    for (std::size_t first = begin; first < end; first += run, ++stream_number) {
        std::string stream;
        append_field(stream, 1, label_text(stream_number));
        request.json += format(
            "%s{\"stream\":{\"app\":\"app-%d\",\"env\":\"prod\",\"host\":\"node-%d\"},\"values\":[",
            stream_number == 0 ? "" : ",", stream_number, stream_number % 7);
        for (std::size_t i = first; i < std::min(first + run, end); ++i) {
            const auto nanos = static_cast<std::uint32_t>(i % 1'000'000'000);
            std::string time;
            skald::ByteWriter writer(time);
            writer.u8(8);
            writer.varint(kNow / 1'000'000'000);
            writer.u8(16);
            writer.varint(nanos);
            std::string entry;
            append_field(entry, 1, time);
            append_field(entry, 2, lines[i]);
            append_field(stream, 2, entry);
            request.json += format("%s[\"%lld\",\"", i == first ? "" : ",",
                                   static_cast<long long>(kNow + nanos));
            skald::append_json_escaped(request.json, lines[i]);
            request.json += "\"]";
            request.line_bytes += lines[i].size();
        }
        request.json += "]}";
        append_field(request.protobuf, 1, stream);
    }
    request.json += "]}";
    snappy::Compress(request.protobuf.data(), request.protobuf.size(), &request.snappy);
    return request;
}

std::vector<Request> make_requests(const Lines& lines) {
    std::vector<Request> requests;
    for (std::size_t begin = 0; begin < lines.size();) {
        std::size_t end = begin;
        for (std::size_t bytes = 0; end < lines.size() && bytes < kRequestBytes; ++end)
            bytes += lines[end].size();
        requests.push_back(make_request(lines, begin, end));
        begin = end;
    }
    return requests;
}

Buffer to_buffer(std::string_view text) {
    Buffer buffer(text.size());
    std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
}

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Nanoseconds of CPU a byte of lines, the best of five passes; `prepare` is not counted.
template <class Prepare, class Work>
double measure(const std::vector<Request>& requests, Prepare prepare, Work work) {
    std::size_t bytes = 0;
    for (const Request& request : requests) bytes += request.line_bytes;
    double best = 1e9;
    for (int pass = 0; pass < 5; ++pass) {
        double spent = 0;
        for (const Request& request : requests) {
            auto input = prepare(request);
            const double begin = cpu_seconds();
            auto output = work(std::move(input));
            asm volatile("" : : "g"(&output) : "memory");  // Nothing may be left out.
            spent += cpu_seconds() - begin;
        }
        best = std::min(best, spent);
    }
    return best / static_cast<double>(bytes) * 1e9;
}

template <class T>
T must(skald::Result<T> result) {
    if (result) return *std::move(result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
}

void run(const Kind& kind, const skald::write::TenantRules& rules) {
    const std::vector<Request> requests = make_requests(kind.lines);
    skald::write::LabelCache cache(100'000);
    skald::api::BudgetShare share;  // Of no budget.
    const auto json_of = [](const Request& r) { return to_buffer(r.json); };
    const auto snappy_of = [](const Request& r) { return to_buffer(r.snappy); };
    const auto decode_snappy = [&share](Buffer b) {
        return must(skald::api::decode_push_protobuf(std::move(b), 1 << 30, share));
    };
    const double copy = measure(
        requests, [](const Request& r) { return &r.protobuf; },
        [](const std::string* s) { return to_buffer(*s); });
    const double uncompress = measure(requests, snappy_of, [](const Buffer& b) {
        std::size_t size = 0;
        snappy::GetUncompressedLength(b.data(), b.size(), &size);
        Buffer out(size);
        snappy::RawUncompress(b.data(), b.size(), out.data());
        return out;
    });
    const double protobuf = measure(requests, snappy_of, decode_snappy);
    const double json = measure(requests, json_of, [&share](Buffer b) {
        return must(skald::api::decode_push_json(std::move(b), false, share));
    });
    const auto decoded = [&](const Request& r) { return decode_snappy(to_buffer(r.snappy)); };
    std::size_t known = 0;
    const double level = measure(requests, decoded, [&](PushBatch push) {
        for (const skald::EntryView& entry : push.entries)
            known += rules.levels.from_line(entry.line).size() == 7 ? 0 : 1;
        return push;
    });
    const double validate = measure(requests, decoded, [&](PushBatch push) {
        return must(skald::write::validate_push(std::move(push), rules, cache, kNow));
    });
    std::size_t bytes = 0;
    for (const std::string& line : kind.lines) bytes += line.size();
    std::printf(
        "%-18s %5.0f B  %3.0f%% known | memcpy %5.3f  snappy %5.3f | protobuf+snappy %5.3f  json "
        "%5.3f | "
        "level %5.3f  validate, level among it %5.3f\n",
        kind.name.c_str(), static_cast<double>(bytes) / static_cast<double>(kind.lines.size()),
        100.0 * static_cast<double>(known) / 5 / static_cast<double>(kind.lines.size()), copy,
        uncompress, protobuf, json, level, validate);
}

}  // namespace

int main(int argc, char** argv) {
    skald::MetricsRegistry metrics;
    const skald::write::TenantRules rules(skald::TenantId::anonymous(),
                                          std::make_shared<const skald::Limits>(), 1, metrics);
    std::vector<Kind> kinds = {{"access", make_lines(access_line)},
                               {"logfmt", make_lines(logfmt_line)},
                               {"fields, no level", make_lines(fields_line)},
                               {"json", make_lines(json_line)},
                               {"json, no level", make_lines(json_without_level_line)},
                               {"sshd", make_lines(sshd_line)},
                               {"short", make_lines(short_line)}};
    if (argc > 1) kinds.push_back({"folder", read_folder(argv[1])});
    std::printf("CPU ns a byte of lines, best of five\n");
    for (const Kind& kind : kinds) run(kind, rules);
    return 0;
}
