// SPDX-License-Identifier: Apache-2.0
#include <skald/foundation/base/assert.h>
#include <skald/foundation/http/http_client.h>
#include <skald/foundation/runtime/guarded.h>

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cstring>
#include <optional>

namespace skald {

namespace {

/// Of answers that are no success: the service's explanation.
constexpr std::size_t kTroubleBytesMax = 64U << 10;
constexpr std::size_t kHeaderBytesMax = 64U << 10;
constexpr std::size_t kIdleHandlesMax = 64;

struct HandleDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleDeleter>;

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void start_library() {
    static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
    SKALD_ASSERT(kStarted == CURLE_OK);
}

/// One request on its way: what libcurl's callbacks fill and read.
struct Transfer {
    CURL* handle = nullptr;
    const HttpRequest* request = nullptr;
    HttpAnswer answer;
    std::size_t received = 0;
    std::size_t sent = 0;
    std::size_t header_bytes = 0;
    bool too_large = false;

    void make_room(std::size_t more, std::size_t most) {
        if (received + more <= answer.body.size()) return;
        std::size_t size = std::max(received + more, 2 * answer.body.size());
        curl_off_t expected = -1;
        curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
        if (expected > 0) size = std::max(size, static_cast<std::size_t>(expected));
        answer.body.resize(std::min(size, most));
    }

    std::size_t take_body(const char* bytes, std::size_t size) {
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        const std::size_t most = status < 300 ? request->answer_bytes_max : kTroubleBytesMax;
        if (size > most - std::min(most, received)) {
            // Of an explanation the beginning is enough.
            too_large = status < 300;
            return too_large ? 0 : size;
        }
        make_room(size, most);
        std::memcpy(answer.body.data() + received, bytes, size);
        received += size;
        return size;
    }

    std::size_t take_header(std::string_view line) {
        header_bytes += line.size();
        if (header_bytes > kHeaderBytesMax) return 0;
        const std::size_t colon = line.find(':');
        if (line.starts_with("HTTP/")) answer.headers.clear();
        if (colon == std::string_view::npos) return line.size();
        std::string name(line.substr(0, colon));
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        std::string_view value = line.substr(colon + 1);
        const std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
        const std::size_t end = value.find_last_not_of(" \t\r\n") + 1;
        value = begin < end ? value.substr(begin, end - begin) : std::string_view();
        answer.headers[std::move(name)] = std::string(value);
        return line.size();
    }

    std::size_t give_body(char* to, std::size_t room) {
        const std::size_t size = std::min(room, request->body.size() - sent);
        std::memcpy(to, request->body.data() + sent, size);
        sent += size;
        return size;
    }
};

std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* to) {
    return static_cast<Transfer*>(to)->take_body(bytes, one * count);
}
std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* to) {
    return static_cast<Transfer*>(to)->take_header({bytes, one * count});
}
std::size_t on_read(char* bytes, std::size_t one, std::size_t count, void* from) {
    return static_cast<Transfer*>(from)->give_body(bytes, one * count);
}
int on_seek(void* from, curl_off_t offset, int origin) {
    auto* const transfer = static_cast<Transfer*>(from);
    const bool is_inside = origin == SEEK_SET && offset >= 0 &&
                           static_cast<std::size_t>(offset) <= transfer->request->body.size();
    if (!is_inside) return CURL_SEEKFUNC_FAIL;
    transfer->sent = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

class CurlClient final : public HttpClient {
public:
    explicit CurlClient(Options options) : options_(std::move(options)) { start_library(); }

    Result<HttpAnswer> send(const HttpRequest& request) override {
        Handle handle = take();
        if (handle == nullptr) return Error{ErrorCode::kUnavailable, "no HTTP handle"};
        Result<HttpAnswer> answer = perform(handle.get(), request);
        give_back(std::move(handle));
        return answer;
    }

    void hurry(std::chrono::milliseconds time) override { limit_ms_ = time.count(); }

private:
    Handle take() {
        auto idle = idle_.lock();
        if (idle->empty()) return Handle(curl_easy_init());
        Handle handle = std::move(idle->back());
        idle->pop_back();
        return handle;
    }
    void give_back(Handle handle) {
        auto idle = idle_.lock();
        if (idle->size() < kIdleHandlesMax) idle->push_back(std::move(handle));
    }

    Result<HttpAnswer> perform(CURL* handle, const HttpRequest& request) const {
        curl_easy_reset(handle);
        Transfer transfer;
        transfer.handle = handle;
        transfer.request = &request;
        const HeaderList headers = set_headers(handle, request);
        set_method(handle, request);
        set_limits(handle);
        set_callbacks(handle, transfer);
        std::array<char, CURL_ERROR_SIZE> why{};
        curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, why.data());
        const CURLcode code = curl_easy_perform(handle);
        curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
        if (code != CURLE_OK) return trouble(code, transfer, why.data());
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &transfer.answer.status);
        transfer.answer.body.resize(transfer.received);
        return std::move(transfer.answer);
    }

    static Error trouble(CURLcode code, const Transfer& transfer, const char* why) {
        if (transfer.too_large)
            return {ErrorCode::kTooLarge, "the answer is longer than what was asked for"};
        const std::string text = *why != '\0' ? why : curl_easy_strerror(code);
        if (code == CURLE_OPERATION_TIMEDOUT) return {ErrorCode::kDeadlineExceeded, text};
        return {ErrorCode::kUnavailable, text};
    }

    static HeaderList set_headers(CURL* handle, const HttpRequest& request) {
        // What libcurl adds by itself is neither signed nor wanted.
        std::vector<std::string> lines = {"Expect:", "Content-Type:", "Accept:"};
        for (const auto& [name, value] : request.headers)
            lines.push_back(value.empty() ? name + ";" : name + ": " + value);
        curl_slist* list = nullptr;
        for (const std::string& line : lines) {
            curl_slist* const longer = curl_slist_append(list, line.c_str());
            if (longer != nullptr) list = longer;
        }
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
        return HeaderList(list);
    }

    static void set_method(CURL* handle, const HttpRequest& request) {
        curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
        curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
        curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        if (request.method == "HEAD") {
            curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
        } else if (request.method == "PUT" || request.method == "POST") {
            curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
            curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                             static_cast<curl_off_t>(request.body.size()));
            curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        } else {
            curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
        }
    }

    void set_limits(CURL* handle) const {
        const auto seconds = [](std::chrono::milliseconds time) {
            return static_cast<long>(std::max<std::int64_t>(1, (time.count() + 999) / 1000));
        };
        std::int64_t total = options_.timeout.count();
        const std::int64_t limit = limit_ms_;
        if (limit > 0) total = total > 0 ? std::min(total, limit) : limit;
        curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(total));
        curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                         static_cast<long>(options_.connect_timeout.count()));
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, seconds(options_.idle_timeout));
        curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, seconds(options_.idle_connection));
        curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
        curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
        curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
        if (!options_.use_proxy) curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
        if (options_.insecure_skip_verify) {
            curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
            curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
        }
        if (!options_.ca_file.empty())
            curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
    }

    static void set_callbacks(CURL* handle, Transfer& transfer) {
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
        curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
        curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(handle, CURLOPT_SEEKDATA, &transfer);
    }

    const Options options_;
    std::atomic<std::int64_t> limit_ms_{0};
    Guarded<std::vector<Handle>> idle_;
};

}  // namespace

std::string_view HttpAnswer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::unique_ptr<HttpClient> HttpClient::create(Options options) {
    return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace skald
