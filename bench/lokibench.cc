// SPDX-License-Identifier: Apache-2.0
//
// lokibench: load a Loki-compatible server with real log text and time its answers.
//
//   lokibench gen   --corpus DIR --out FILE [--mb 256] [--streams 200] [--start-ns N] [--span-s
//   3600]
//                   [--req-kb 1024] [--streams-per-req 8] [--seed 1]
//       Write snappy-compressed protobuf push requests (u32 length + body, repeated) and FILE.json,
//       which says what is in them. DIR holds *.log files; lines are taken from them in turn with
//       their digits perturbed, and three synthetic applications (JSON, logfmt, combined access
//       log) are mixed in.
//   lokibench push  --in FILE --url http://127.0.0.1:3100/loki/api/v1/push [--conns 4] [--pid
//   SERVER_PID] [--tenant T]
//       Send every request once over keep-alive connections. Prints MB/s of raw log bytes, latency
//       quantiles and, with --pid, the server's CPU seconds per GB and its memory.
//   lokibench query --file QUERIES --base http://127.0.0.1:3100 --meta FILE.json [--runs 5] [--pid
//   SERVER_PID] [--tenant T]
//       QUERIES: a line each, NAME<TAB>PATH?PARAMS with {start} {end} (ns), {start_s} {end_s} and
//       {needle} replaced from the meta file; what follows `q=`-like markers must already be
//       URL-encoded except that text between ⟦ and ⟧ is encoded here. Prints the status, bytes,
//       first and median seconds of each.
//
// Build: g++ -O2 -std=c++17 -pthread lokibench.cpp -lsnappy -o lokibench
// Loopback only; every loop is bounded by its input.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <snappy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using Clock = std::chrono::steady_clock;
static double seconds_since(Clock::time_point t) {
    return std::chrono::duration<double>(Clock::now() - t).count();
}

// ---------------------------------------------------------------- arguments
struct Args {
    std::map<std::string, std::string> values;
    Args(int argc, char** argv) {
        for (int i = 2; i + 1 < argc; i += 2) {
            std::string key = argv[i];
            if (key.rfind("--", 0) != 0) throw std::runtime_error("expected --option, got " + key);
            values[key.substr(2)] = argv[i + 1];
        }
    }
    std::string str(const std::string& key, const std::string& fallback = "") const {
        auto it = values.find(key);
        if (it != values.end()) return it->second;
        if (fallback.empty()) throw std::runtime_error("missing --" + key);
        return fallback;
    }
    int64_t num(const std::string& key, int64_t fallback) const {
        auto it = values.find(key);
        return it == values.end() ? fallback : std::stoll(it->second);
    }
    bool has(const std::string& key) const { return values.count(key) > 0; }
};

// ---------------------------------------------------------------- deterministic randomness
struct Rng {
    uint64_t s;
    explicit Rng(uint64_t seed) : s(seed * 0x9E3779B97F4A7C15ull + 1) {}
    uint64_t next() {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        return s * 0x2545F4914F6CDD1Dull;
    }
    uint64_t below(uint64_t n) { return (next() >> 11) % n; }
    bool chance(int percent) { return below(100) < static_cast<uint64_t>(percent); }
};

static std::string hex(Rng& r, int n) {
    static const char* d = "0123456789abcdef";
    std::string s;
    for (int i = 0; i < n; ++i) s += d[r.below(16)];
    return s;
}
static std::string ip(Rng& r) {
    return "10." + std::to_string(r.below(4)) + "." + std::to_string(r.below(64)) + "." +
           std::to_string(1 + r.below(250));
}

// ---------------------------------------------------------------- lines
static std::string perturb(const std::string& line, Rng& r) {
    std::string out = line;
    for (size_t i = 0; i < out.size(); ++i)
        if (out[i] >= '0' && out[i] <= '9' && r.chance(35))
            out[i] = static_cast<char>('0' + r.below(10));
    return out;
}
static const char* kPaths[] = {"/api/v1/users", "/api/v1/orders", "/api/v1/cart/items", "/health",
                               "/login",        "/static/app.js", "/api/v2/search",     "/metrics"};
static const char* kMethods[] = {"GET", "GET", "GET", "POST", "PUT", "DELETE"};
static int status_of(Rng& r) {
    uint64_t x = r.below(1000);
    return x < 930 ? 200 : x < 960 ? 404 : x < 980 ? 302 : x < 995 ? 500 : 503;
}
static const char* level_of(int status) {
    return status >= 500 ? "error" : status >= 400 ? "warn" : "info";
}

static std::string json_line(Rng& r, int64_t ts) {
    int st = status_of(r);
    std::ostringstream o;
    o << "{\"ts\":" << ts / 1000000 << ",\"level\":\"" << level_of(st) << "\",\"method\":\""
      << kMethods[r.below(6)] << "\",\"path\":\"" << kPaths[r.below(8)] << "\",\"status\":" << st
      << ",\"duration_ms\":" << r.below(900) << "." << r.below(10)
      << ",\"bytes\":" << r.below(90000) << ",\"client\":{\"ip\":\"" << ip(r)
      << "\",\"agent\":\"Mozilla/5.0 (X11; Linux x86_64)\"},\"trace_id\":\"" << hex(r, 32)
      << "\",\"msg\":\""
      << (st >= 500 ? "upstream request failed: connection refused" : "request served") << "\"}";
    return o.str();
}
static std::string logfmt_line(Rng& r, int64_t ts) {
    int st = status_of(r);
    std::ostringstream o;
    o << "ts=" << ts / 1000000 << " level=" << level_of(st)
      << " caller=http.go:" << 100 + r.below(40) << " method=" << kMethods[r.below(6)]
      << " path=" << kPaths[r.below(8)] << " status=" << st << " duration=" << r.below(900) << "."
      << r.below(100) << "ms size=" << r.below(64) << "kB trace_id=" << hex(r, 16) << " msg=\""
      << (st >= 500 ? "query failed: context deadline exceeded" : "request completed") << "\"";
    return o.str();
}
static std::string access_line(Rng& r, int64_t) {
    int st = status_of(r);
    std::ostringstream o;
    o << ip(r) << " - - [21/Nov/2026:10:" << 10 + r.below(49) << ":" << 10 + r.below(49)
      << " +0000] \"" << kMethods[r.below(6)] << " " << kPaths[r.below(8)]
      << "?id=" << r.below(100000) << " HTTP/1.1\" " << st << " " << r.below(90000)
      << " \"-\" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64)\"";
    return o.str();
}

// ---------------------------------------------------------------- protobuf wire format of a push
// request
static void varint(std::string& out, uint64_t v) {
    while (v >= 0x80) {
        out += static_cast<char>(v | 0x80);
        v >>= 7;
    }
    out += static_cast<char>(v);
}
static void field(std::string& out, int number, const std::string& bytes) {
    varint(out, static_cast<uint64_t>(number) << 3 | 2);
    varint(out, bytes.size());
    out += bytes;
}
static std::string entry(int64_t ts, const std::string& line) {
    std::string t, e;
    varint(t, 1 << 3);
    varint(t, static_cast<uint64_t>(ts / 1000000000));
    if (ts % 1000000000) {
        varint(t, 2 << 3);
        varint(t, static_cast<uint64_t>(ts % 1000000000));
    }
    field(e, 1, t);
    field(e, 2, line);
    return e;
}

struct Source {  // one application: what its lines look like
    std::string app;
    std::vector<std::string> lines;                // of a real log, or
    std::string (*make)(Rng&, int64_t) = nullptr;  // a generator
};
struct Stream {
    std::string labels;
    const Source* source;
    size_t cursor;
};

static std::string lower(std::string s) {
    for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return s;
}

static int gen(const Args& a) {
    std::vector<Source> sources;
    std::vector<std::filesystem::path> files;
    for (auto& f : std::filesystem::recursive_directory_iterator(a.str("corpus")))
        if (f.path().extension() == ".log") files.push_back(f.path());
    std::sort(files.begin(), files.end());
    for (auto& f : files) {
        Source s;
        s.app = lower(f.stem().string().substr(0, f.stem().string().find('_')));
        std::ifstream in(f);
        for (std::string l; std::getline(in, l);) {
            while (!l.empty() && (l.back() == '\r' || l.back() == '\n')) l.pop_back();
            if (!l.empty()) s.lines.push_back(l);
        }
        if (!s.lines.empty()) sources.push_back(std::move(s));
    }
    if (sources.empty()) throw std::runtime_error("no *.log in the corpus folder");
    size_t real = sources.size();
    for (size_t i = 0; i < real / 4 + 1; ++i) {  // about 3/7 of the streams are synthetic
        sources.push_back({"web", {}, json_line});
        sources.push_back({"api", {}, logfmt_line});
        sources.push_back({"nginx", {}, access_line});
    }
    Rng r(static_cast<uint64_t>(a.num("seed", 1)));
    int64_t n_streams = a.num("streams", 200), span = a.num("span-s", 3600) * 1000000000ll;
    int64_t start = a.num("start-ns", (time(nullptr) - a.num("span-s", 3600)) * 1000000000ll);
    std::vector<Stream> streams;
    static const char* envs[] = {"prod", "staging", "dev"};
    for (int64_t i = 0; i < n_streams; ++i) {
        const Source& s = sources[static_cast<size_t>(i) % sources.size()];
        std::ostringstream l;
        l << "{app=\"" << s.app << "\", env=\"" << envs[i % 3] << "\", host=\"host-" << i / 8
          << "\", pod=\"" << s.app << "-" << i << "\"}";
        streams.push_back({l.str(), &s, static_cast<size_t>(r.below(2000))});
    }
    int64_t target = a.num("mb", 256) * 1000000ll, per_req = a.num("req-kb", 1024) * 1000ll,
            spr = std::min(n_streams, a.num("streams-per-req", 8));
    int64_t n_reqs = std::max<int64_t>(1, target / per_req);
    std::ofstream out(a.str("out"), std::ios::binary);
    int64_t lines = 0, raw = 0, packed = 0;
    std::vector<std::string> needles;
    std::vector<int64_t> needle_ts;
    for (int64_t q = 0; q < n_reqs; ++q) {
        int64_t t0 = start + span / n_reqs * q, dt = span / n_reqs;
        std::string body;
        int64_t in_req = 0;
        for (int64_t k = 0; k < spr; ++k) {
            Stream& s = streams[static_cast<size_t>((q * spr + k) % n_streams)];
            std::string msg;
            field(msg, 1, s.labels);
            int64_t in_stream = 0, budget = per_req / spr, ts = t0 + k;
            while (in_stream < budget) {
                std::string line =
                    s.source->make
                        ? s.source->make(r, ts)
                        : perturb(s.source->lines[s.cursor++ % s.source->lines.size()], r);
                if (k == 0 && in_stream == 0 &&
                    q % std::max<int64_t>(1, n_reqs / 8) == n_reqs / 16) {
                    needles.push_back("needle-" + hex(r, 24));
                    needle_ts.push_back(ts);
                    line += " " + needles.back();
                }
                field(msg, 2, entry(ts, line));
                in_stream += static_cast<int64_t>(line.size());
                ts += 1 + static_cast<int64_t>(r.below(static_cast<uint64_t>(std::max<int64_t>(
                              2, 2 * dt * static_cast<int64_t>(line.size()) / budget))));
                ++lines;
            }
            in_req += in_stream;
            field(body, 1, msg);
        }
        raw += in_req;
        std::string z;
        snappy::Compress(body.data(), body.size(), &z);
        uint32_t n = static_cast<uint32_t>(z.size());
        out.write(reinterpret_cast<const char*>(&n), 4);
        out.write(z.data(), static_cast<std::streamsize>(z.size()));
        packed += n;
    }
    std::ofstream meta(a.str("out") + ".json");
    meta << "{\"requests\":" << n_reqs << ",\"lines\":" << lines << ",\"raw_bytes\":" << raw
         << ",\"packed_bytes\":" << packed << ",\"streams\":" << n_streams << ",\"start\":" << start
         << ",\"end\":" << start + span + 60000000000ll << ",\"needle\":\""
         << (needles.empty() ? "" : needles[needles.size() / 2])
         << "\",\"needles\":" << needles.size() << "}\n";
    std::cout << n_reqs << " requests, " << lines << " lines, " << raw / 1e6 << " MB raw, "
              << packed / 1e6 << " MB packed, " << needles.size() << " needles\n";
    return 0;
}

// ---------------------------------------------------------------- a small HTTP/1.1 client
struct Url {
    std::string host, port, path;
    explicit Url(const std::string& u) {
        if (u.rfind("http://", 0) != 0) throw std::runtime_error("only http:// is spoken: " + u);
        size_t slash = u.find('/', 7), colon = u.find(':', 7);
        std::string authority =
            u.substr(7, slash == std::string::npos ? std::string::npos : slash - 7);
        path = slash == std::string::npos ? "" : u.substr(slash);
        host = colon == std::string::npos || colon > slash ? authority
                                                           : authority.substr(0, colon - 7);
        port = colon == std::string::npos || colon > slash ? "80" : authority.substr(colon - 7 + 1);
        if (host.rfind("127.", 0) != 0) throw std::runtime_error("loopback only");
    }
};
struct Response {
    int status = 0;
    std::string body;
};
class Connection {
public:
    explicit Connection(const Url& u) : url_(u) {}
    ~Connection() { drop(); }
    Response request(const std::string& head, const char* body, size_t n) {
        for (int attempt = 0;; ++attempt) {
            if (fd_ < 0) open();
            if (send_all(head.data(), head.size()) && (n == 0 || send_all(body, n))) {
                Response r;
                if (read_response(r)) return r;
            }
            drop();
            if (attempt == 2) throw std::runtime_error("connection lost");
        }
    }

private:
    void open() {
        fd_ = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in sa{};
        sa.sin_family = AF_INET;
        sa.sin_port = htons(static_cast<uint16_t>(std::stoi(url_.port)));
        inet_pton(AF_INET, url_.host.c_str(), &sa.sin_addr);
        if (connect(fd_, reinterpret_cast<sockaddr*>(&sa), sizeof sa) != 0)
            throw std::runtime_error("cannot connect to " + url_.host + ":" + url_.port);
        int one = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        buf_.clear();
    }
    void drop() {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }
    bool send_all(const char* p, size_t n) {
        while (n) {
            ssize_t k = send(fd_, p, n, MSG_NOSIGNAL);
            if (k <= 0) return false;
            p += k;
            n -= static_cast<size_t>(k);
        }
        return true;
    }
    bool fill() {
        char tmp[1 << 16];
        ssize_t k = recv(fd_, tmp, sizeof tmp, 0);
        if (k <= 0) return false;
        buf_.append(tmp, static_cast<size_t>(k));
        return true;
    }
    bool take(size_t n, std::string& to) {
        while (buf_.size() < n)
            if (!fill()) return false;
        to.append(buf_, 0, n);
        buf_.erase(0, n);
        return true;
    }
    bool line(std::string& l) {
        size_t at;
        while ((at = buf_.find("\r\n")) == std::string::npos)
            if (!fill()) return false;
        l = buf_.substr(0, at);
        buf_.erase(0, at + 2);
        return true;
    }
    bool read_response(Response& r) {
        std::string l;
        if (!line(l)) return false;
        r.status = std::atoi(l.substr(l.find(' ') + 1).c_str());
        long length = -1;
        bool chunked = false, close_after = false;
        while (line(l) && !l.empty()) {
            std::string k = lower(l);
            if (k.rfind("content-length:", 0) == 0) length = std::atol(k.c_str() + 15);
            if (k.rfind("transfer-encoding:", 0) == 0 && k.find("chunked") != std::string::npos)
                chunked = true;
            if (k.rfind("connection:", 0) == 0 && k.find("close") != std::string::npos)
                close_after = true;
        }
        if (r.status == 204 || r.status == 304) length = 0;
        if (chunked) {
            for (;;) {
                if (!line(l)) return false;
                size_t n = std::strtoul(l.c_str(), nullptr, 16);
                if (n && !take(n, r.body)) return false;
                if (!line(l)) return false;
                if (!n) break;
            }
        } else if (length >= 0) {
            if (!take(static_cast<size_t>(length), r.body)) return false;
        } else {
            while (fill()) {
            }
            r.body.swap(buf_);
            drop();
        }
        if (close_after) drop();
        return true;
    }
    Url url_;
    int fd_ = -1;
    std::string buf_;
};

// ---------------------------------------------------------------- the server's own cost
static double cpu_seconds(long pid) {
    if (pid <= 0) return 0;
    std::ifstream f("/proc/" + std::to_string(pid) + "/stat");
    std::string s((std::istreambuf_iterator<char>(f)), {});
    std::istringstream in(s.substr(s.rfind(')') + 2));
    std::string skip;
    for (int i = 0; i < 11; ++i) in >> skip;
    double u = 0, k = 0;
    in >> u >> k;
    return (u + k) / static_cast<double>(sysconf(_SC_CLK_TCK));
}
static std::string memory_of(long pid) {
    std::ifstream f("/proc/" + std::to_string(pid) + "/status");
    std::string out;
    for (std::string l; std::getline(f, l);)
        if (l.rfind("VmRSS", 0) == 0 || l.rfind("VmHWM", 0) == 0) {
            std::istringstream in(l);
            std::string k;
            double kb;
            in >> k >> kb;
            out += (out.empty() ? "" : " ") + k + " " +
                   std::to_string(static_cast<long>(kb / 1024)) + " MiB";
        }
    return out;
}
static double quantile(std::vector<double> v, double q) {
    if (v.empty()) return 0;
    std::sort(v.begin(), v.end());
    return v[std::min(v.size() - 1, static_cast<size_t>(q * static_cast<double>(v.size())))];
}

static int push(const Args& a) {
    std::ifstream in(a.str("in"), std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + a.str("in"));
    std::vector<std::string> bodies;
    for (uint32_t n; in.read(reinterpret_cast<char*>(&n), 4);) {
        bodies.emplace_back(n, '\0');
        in.read(&bodies.back()[0], n);
    }
    std::ifstream mf(a.str("in") + ".json");
    std::string meta((std::istreambuf_iterator<char>(mf)), {});
    double raw = std::atof(meta.c_str() + meta.find("\"raw_bytes\":") + 12),
           lines = std::atof(meta.c_str() + meta.find("\"lines\":") + 8);
    Url url(a.str("url"));
    long pid = a.num("pid", 0);
    std::string tenant = a.has("tenant") ? "X-Scope-OrgID: " + a.str("tenant") + "\r\n" : "";
    std::atomic<size_t> next{0}, bad{0};
    std::mutex m;
    std::vector<double> lat;
    std::string first_error;
    double cpu0 = cpu_seconds(pid);
    auto t0 = Clock::now();
    std::vector<std::thread> workers;
    for (int64_t c = 0; c < a.num("conns", 4); ++c)
        workers.emplace_back([&] {
            Connection conn(url);
            std::vector<double> mine;
            for (size_t i; (i = next++) < bodies.size();) {
                std::string head = "POST " + url.path + " HTTP/1.1\r\nHost: " + url.host +
                                   "\r\nContent-Type: application/x-protobuf\r\n" + tenant +
                                   "Content-Length: " + std::to_string(bodies[i].size()) +
                                   "\r\n\r\n";
                auto t = Clock::now();
                Response r = conn.request(head, bodies[i].data(), bodies[i].size());
                mine.push_back(seconds_since(t));
                if (r.status / 100 != 2) {
                    ++bad;
                    std::lock_guard<std::mutex> g(m);
                    if (first_error.empty())
                        first_error = std::to_string(r.status) + " " + r.body.substr(0, 300);
                }
            }
            std::lock_guard<std::mutex> g(m);
            lat.insert(lat.end(), mine.begin(), mine.end());
        });
    for (auto& w : workers) w.join();
    double wall = seconds_since(t0), cpu = cpu_seconds(pid) - cpu0;
    std::printf(
        "push: %.0f MB raw in %.2f s = %.1f MB/s, %.0f lines/s, %zu requests, %zu refused, p50 "
        "%.1f ms, p99 %.1f ms\n",
        raw / 1e6, wall, raw / 1e6 / wall, lines / wall, bodies.size(), bad.load(),
        quantile(lat, .5) * 1e3, quantile(lat, .99) * 1e3);
    if (pid)
        std::printf("server: %.2f CPU s so far = %.2f CPU s per GB; %s\n", cpu, cpu / (raw / 1e9),
                    memory_of(pid).c_str());
    if (!first_error.empty()) std::printf("first refusal: %s\n", first_error.c_str());
    return bad ? 1 : 0;
}

static std::string encode(const std::string& s) {
    std::string o;
    char b[4];
    for (unsigned char c : s)
        if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~')
            o += static_cast<char>(c);
        else {
            std::snprintf(b, sizeof b, "%%%02X", c);
            o += b;
        }
    return o;
}
static void replace_all(std::string& s, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += to.size())
        s.replace(at, from.size(), to);
}

static int query(const Args& a) {
    std::ifstream mf(a.str("meta"));
    std::string meta((std::istreambuf_iterator<char>(mf)), {});
    auto value = [&](const std::string& k) {
        size_t at = meta.find("\"" + k + "\":") + k.size() + 3;
        if (meta[at] == '"') return meta.substr(at + 1, meta.find('"', at + 1) - at - 1);
        return meta.substr(at, meta.find_first_of(",}", at) - at);
    };
    Url base(a.str("base"));
    Connection conn(base);
    long pid = a.num("pid", 0);
    std::string tenant = a.has("tenant") ? "X-Scope-OrgID: " + a.str("tenant") + "\r\n" : "";
    std::ifstream qf(a.str("file"));
    std::printf("%-28s %6s %10s %9s %9s %9s\n", "query", "status", "bytes", "first s", "median s",
                "cpu s");
    int failures = 0;
    for (std::string l; std::getline(qf, l);) {
        if (l.empty() || l[0] == '#') continue;
        std::string name = l.substr(0, l.find('\t')), path = l.substr(l.find('\t') + 1);
        replace_all(path, "{needle}", value("needle"));
        replace_all(path, "{start}", value("start"));
        replace_all(path, "{end}", value("end"));
        replace_all(path, "{start_s}", value("start").substr(0, 10));
        replace_all(path, "{end_s}", value("end").substr(0, 10));
        for (size_t at; (at = path.find("⟦")) != std::string::npos;) {
            size_t end = path.find("⟧", at);
            std::string inner = path.substr(at + 3, end - at - 3);
            path.replace(at, end + 3 - at, encode(inner));
        }
        std::vector<double> t;
        Response r;
        double cpu0 = cpu_seconds(pid);
        int64_t runs = a.num("runs", 5);
        for (int64_t i = 0; i < runs; ++i) {
            auto t0 = Clock::now();
            r = conn.request("GET " + base.path + path + " HTTP/1.1\r\nHost: " + base.host +
                                 "\r\nCache-Control: no-cache\r\n" + tenant + "\r\n",
                             nullptr, 0);
            t.push_back(seconds_since(t0));
        }
        std::printf("%-28s %6d %10zu %9.4f %9.4f %9.4f%s\n", name.c_str(), r.status, r.body.size(),
                    t[0], quantile(t, .5), (cpu_seconds(pid) - cpu0) / static_cast<double>(runs),
                    r.status / 100 == 2 ? "" : ("  " + r.body.substr(0, 160)).c_str());
        failures += r.status / 100 != 2;
    }
    return failures ? 1 : 0;
}

int main(int argc, char** argv) try {
    std::string verb = argc > 1 ? argv[1] : "";
    Args a(argc, argv);
    if (verb == "gen") return gen(a);
    if (verb == "push") return push(a);
    if (verb == "query") return query(a);
    std::cerr
        << "usage: lokibench gen|push|query --option value ... (see the head of lokibench.cpp)\n";
    return 2;
} catch (const std::exception& e) {
    std::cerr << "lokibench: " << e.what() << "\n";
    return 2;
}
