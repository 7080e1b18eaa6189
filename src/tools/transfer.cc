// SPDX-License-Identifier: Apache-2.0
#include "line_json.h"
#include "progress.h"
#include "transfer_state.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/http/http_client.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/transfer.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace skald::tools {

namespace {

namespace fs = std::filesystem;

// What an export asks for at first. A server that allows less is asked for half of it, again and
// again.
constexpr std::uint64_t kPageLines = 5000;
constexpr DurationNs kSliceMin = kNanosPerMinute;
constexpr std::size_t kBatchBytes = kMiB;
constexpr int kAttempts = 8;

/// A page of an export is smaller.
constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 30;

/// The server that is asked. Threading: single-owner; calls block.
class Remote {
public:
    explicit Remote(const Server& server)
        : server_(server), client_(HttpClient::create({.idle_timeout = kPatience})) {
        while (server_.url.ends_with('/')) server_.url.pop_back();
    }

    /// A request of that method for that path, with the tenant's header.
    HttpRequest request(std::string method, std::string_view path) const {
        HttpRequest request{.method = std::move(method), .url = server_.url + std::string(path)};
        request.answer_bytes_max = kAnswerBytesMax;
        if (!server_.tenant.empty()) request.headers.emplace_back("X-Scope-OrgID", server_.tenant);
        return request;
    }
    Result<HttpAnswer> send(const HttpRequest& request) {
        Result<HttpAnswer> answer = client_->send(request);
        if (!answer) return Error{answer.error().code, server_.url + ": " + answer.error().message};
        return answer;
    }

private:
    static constexpr std::chrono::milliseconds kPatience{300'000};

    Server server_;
    std::unique_ptr<HttpClient> client_;
};

/// Tries again for a while what may go better later.
Result<HttpAnswer> ask(Remote& remote, const HttpRequest& request) {
    std::chrono::milliseconds pause{200};
    for (int attempt = 1;; ++attempt) {
        Result<HttpAnswer> answer = remote.send(request);
        const bool is_busy =
            !answer || answer->status == 429 || answer->status == 502 || answer->status == 503;
        if (!is_busy || attempt == kAttempts) return answer;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(10'000));
    }
}

Error refused(const HttpAnswer& answer) {
    return {answer.status < 500 ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable,
            "the server answers " + std::to_string(answer.status) + ": " +
                std::string(answer.body.view())};
}

bool says(const HttpAnswer& answer, std::string_view what) {
    return answer.status >= 400 && answer.status < 500 &&
           answer.body.view().find(what) != std::string_view::npos;
}

// The texts are Loki's; limits are not asked for, because only some versions tell them.
bool is_too_long(const HttpAnswer& answer) {
    return says(answer, "time range exceeds the limit") ||
           says(answer, "would read too many bytes");
}

bool has_too_many_lines(const HttpAnswer& answer) {
    return says(answer, "max entries limit");
}

/// One export: slices of its time, of each of them pages in the order of time; the first lines of a
/// page may be the last ones of the page before.
class Export {
public:
    Export(const ExportOptions& options, TransferState state)
        : options_(options),
          remote_(options.server),
          state_(std::move(state)),
          progress_("export, seconds",
                    static_cast<std::uint64_t>((options.end - options.start) / kNanosPerSecond)) {}

    Result<std::uint64_t> run() {
        SKALD_CHECK(open_output());
        while (from_ < options_.end) {
            SKALD_TRY(const std::vector<TransferLine> page, next_page());
            const TimeNs end = slice_end();
            SKALD_CHECK(write(page));
            if (page.size() < page_lines_) go_to(end);
        }
        SKALD_CHECK(TransferState::remove(options_.output));
        return state_.lines;
    }

private:
    /// Cuts what was written after the state, and learns from the last lines where to go on.
    Result<void> open_output() {
        from_ = options_.start;
        std::error_code error;
        const bool is_there = fs::exists(options_.output, error);
        if (state_.bytes == 0 && is_there && fs::file_size(options_.output, error) > 0 &&
            !fs::exists(options_.output + ".state", error))
            return Error{ErrorCode::kInvalidArgument, options_.output + " is there already"};
        SKALD_TRY(file_, storage::posix_file_system().open_append(options_.output));
        if (file_->size() < state_.bytes)
            return Error{ErrorCode::kInvalidArgument,
                         options_.output + " is shorter than its state says"};
        SKALD_CHECK(file_->truncate(state_.bytes));
        if (state_.bytes == 0) return state_.save(options_.output);
        std::ifstream in(options_.output, std::ios::binary);
        for (std::string text; std::getline(in, text);) {
            SKALD_TRY(const TransferLine line, parse_line(text));
            note(line.time, std::move(text));
        }
        return {};
    }

    void note(TimeNs time, std::string json) {
        go_to(time);
        seen_.insert(std::move(json));
    }
    void go_to(TimeNs time) {
        if (time == from_) return;
        seen_.clear();
        progress_.add(static_cast<std::uint64_t>((time - from_) / kNanosPerSecond));
        from_ = time;
    }

    TimeNs slice_end() const {
        return options_.end - from_ <= slice_ ? options_.end : from_ + slice_;
    }

    Result<std::vector<TransferLine>> next_page() {
        for (;;) {
            const std::string target =
                "/loki/api/v1/query_range?direction=forward&limit=" + std::to_string(page_lines_) +
                "&query=" + percent_encode(options_.query) + "&start=" + std::to_string(from_) +
                "&end=" + std::to_string(slice_end());
            HttpRequest request = remote_.request("GET", target);
            request.headers.emplace_back("X-Loki-Response-Encoding-Flags", "categorize-labels");
            SKALD_TRY(const HttpAnswer answer, ask(remote_, request));
            if (answer.status == 200) return parse_query_answer(std::string(answer.body.view()));
            if (!ask_for_less(answer)) return refused(answer);
        }
    }

    /// False if that would not help.
    bool ask_for_less(const HttpAnswer& answer) {
        if (has_too_many_lines(answer) && page_lines_ > 1) {
            page_lines_ /= 2;
            return true;
        }
        if (!is_too_long(answer) || slice_end() - from_ <= kSliceMin) return false;
        slice_ = (slice_end() - from_) / 2;
        return true;
    }

    Result<void> write(const std::vector<TransferLine>& page) {
        std::string text;
        std::uint64_t lines = 0;
        for (const TransferLine& line : page) {
            std::string json = to_json(line);
            if (line.time == from_ && seen_.contains(json)) continue;
            text += json + "\n";
            ++lines;
            note(line.time, std::move(json));
        }
        if (lines == 0 && page.size() >= page_lines_)
            return Error{ErrorCode::kLimitExceeded,
                         "more than " + std::to_string(page_lines_) + " lines have the time " +
                             std::to_string(from_) + ": narrow the query down"};
        SKALD_CHECK(file_->append(text));
        SKALD_CHECK(file_->sync());
        state_.bytes += text.size();
        state_.lines += lines;
        return state_.save(options_.output);
    }

    const ExportOptions& options_;
    Remote remote_;
    TransferState state_;
    Progress progress_;
    std::unique_ptr<storage::WritableFile> file_;
    DurationNs slice_ = kTimeMax;            ///< So much time is asked for at once,
    std::uint64_t page_lines_ = kPageLines;  ///< and so many lines.
    TimeNs from_ = 0;             ///< The time of the last line, or where a slice begins.
    std::set<std::string> seen_;  ///< Lines of that time that are in the file.
};

std::string job_of(const ExportOptions& options) {
    std::string query = options.query;
    std::ranges::replace(query, '\n', ' ');
    return "export " + options.server.tenant + " " + query + " " + std::to_string(options.start) +
           " " + std::to_string(options.end);
}

}  // namespace

Result<void> flush_server(const std::string& url) {
    Remote remote({.url = url, .tenant = ""});
    SKALD_TRY(const HttpAnswer answer, remote.send(remote.request("POST", "/flush")));
    if (answer.status == 204) return {};
    return refused(answer);
}

Result<std::uint64_t> export_lines(const ExportOptions& options) {
    if (options.start >= options.end)
        return Error{ErrorCode::kInvalidArgument, "the end is not after the start"};
    SKALD_TRY(TransferState state, TransferState::load(options.output, job_of(options)));
    return Export(options, std::move(state)).run();
}

Result<std::uint64_t> import_lines(const ImportOptions& options) {
    SKALD_TRY(TransferState state,
              TransferState::load(options.input,
                                  "import " + options.server.url + " " + options.server.tenant));
    std::error_code error;
    const std::uint64_t size = fs::file_size(options.input, error);
    if (error) return Error{ErrorCode::kNotFound, options.input + ": " + error.message()};
    std::ifstream in(options.input, std::ios::binary);
    in.seekg(static_cast<std::streamoff>(state.bytes));
    Progress progress("import", size);
    progress.add(state.bytes);
    Remote remote(options.server);
    HttpRequest request = remote.request("POST", "/loki/api/v1/push");
    request.headers.emplace_back("Content-Type", "application/json");
    std::vector<TransferLine> batch;
    std::uint64_t bytes = 0;
    const auto push = [&]() -> Result<void> {
        if (batch.empty()) return {};
        const std::string body = push_body(batch);
        request.body = body;
        SKALD_TRY(const HttpAnswer answer, ask(remote, request));
        if (answer.status != 204) return refused(answer);
        state.bytes += bytes;
        state.lines += batch.size();
        progress.add(bytes);
        batch.clear();
        bytes = 0;
        return state.save(options.input);
    };
    for (std::string text; std::getline(in, text);) {
        Result<TransferLine> line = parse_line(text);
        if (!line)
            return Error{line.error().code, options.input + ", byte " +
                                                std::to_string(state.bytes + bytes) + ": " +
                                                line.error().message};
        batch.push_back(*std::move(line));
        bytes += text.size() + 1;
        if (bytes >= kBatchBytes) {
            SKALD_CHECK(push());
        }
    }
    SKALD_CHECK(push());
    SKALD_CHECK(TransferState::remove(options.input));
    return state.lines;
}

}  // namespace skald::tools
