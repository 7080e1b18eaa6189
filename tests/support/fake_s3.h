// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/fake_http_server.h"

#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace skald::support {

/// A bucket behind HTTP, without looking at signatures, and with faults on demand.
/// Threading: the faults and objects are to be touched only between requests.
class FakeS3 {
public:
    using Answer = FakeHttpServer::Answer;
    using Request = FakeHttpServer::Request;
    /// Answers instead of the bucket; nothing: the bucket answers.
    using Fault = std::function<std::optional<Answer>(const Request&)>;

    FakeS3() : server_([this](const Request& request) { return answer(request); }) {}

    std::string address() const { return server_.address(); }
    std::vector<Request> requests() const { return server_.requests(); }
    std::size_t connections() const { return server_.connections(); }
    std::size_t count(const std::string& method) const {
        std::size_t found = 0;
        for (const Request& request : requests()) found += request.method == method ? 1U : 0U;
        return found;
    }

    static Answer trouble(int status, const std::string& code) {
        return {.status = status,
                .headers = {{"content-type", "application/xml"}},
                .body = "<Error><Code>" + code + "</Code><Message>" + code +
                        " it is</Message></Error>"};
    }

    std::map<std::string, std::string> objects;  ///< By path: "/bucket/key".
    std::size_t page_size = 1000;
    std::map<std::string, std::map<int, std::string>> uploads;  ///< Parts by upload's id.
    /// Each is asked about one request, first to last, and gone then.
    std::deque<Fault> faults;
    /// Asked about every request for which there is no other fault; null: none is. At any time.
    void always(Fault fault) {
        const std::lock_guard hold(mutex_);
        always_ = std::move(fault);
    }

private:
    Answer answer(const Request& request) {
        std::optional<Answer> fault;
        if (!faults.empty()) {
            fault = faults.front()(request);
            faults.pop_front();
        } else if (const Fault usual = usual_fault()) {
            fault = usual(request);
        }
        return fault ? *fault : serve(request);
    }

    Fault usual_fault() {
        const std::lock_guard hold(mutex_);
        return always_;
    }

    Answer serve(const Request& request) {
        if (request.has_query("list-type=2")) return list(request);
        if (request.has_query("uploads=") && request.method == "GET")
            return {.body = "<ListMultipartUploadsResult></ListMultipartUploadsResult>"};
        if (request.has_query("uploads=")) {
            const std::string id = "u" + std::to_string(uploads.size());
            uploads[id];
            return {.body = "<InitiateMultipartUploadResult><UploadId>" + id +
                            "</UploadId></InitiateMultipartUploadResult>"};
        }
        if (request.has_query("uploadId=")) return part(request);
        if (request.method == "PUT") {
            objects[request.path()] = request.body;
            return {.headers = {{"etag", "\"e\""}}};
        }
        if (request.method == "DELETE") {
            objects.erase(request.path());
            return {.status = 204};
        }
        return get(request);
    }

    Answer get(const Request& request) {
        const auto found = objects.find(request.path());
        if (found == objects.end()) return trouble(404, "NoSuchKey");
        const std::string& body = found->second;
        const auto range = request.headers.find("range");
        if (request.method == "HEAD" || range == request.headers.end()) return {.body = body};
        unsigned long long begin = 0;
        unsigned long long end = 0;
        if (std::sscanf(range->second.c_str(), "bytes=%llu-%llu", &begin, &end) != 2 ||
            begin >= body.size())
            return trouble(416, "InvalidRange");
        end = std::min<unsigned long long>(end, body.size() - 1);
        return {.status = 206,
                .headers = {{"content-range", "bytes " + std::to_string(begin) + "-" +
                                                  std::to_string(end) + "/" +
                                                  std::to_string(body.size())}},
                .body = body.substr(begin, end - begin + 1)};
    }

    Answer part(const Request& request) {
        const std::size_t at = request.target.find("uploadId=") + 9;
        const std::string id = request.target.substr(at, request.target.find('&', at) - at);
        const auto upload = uploads.find(id);
        if (upload == uploads.end()) return trouble(404, "NoSuchUpload");
        if (request.method == "DELETE") {
            uploads.erase(upload);
            return {.status = 204};
        }
        if (request.method == "PUT") {
            const std::size_t number = request.target.find("partNumber=") + 11;
            upload->second[std::stoi(request.target.substr(number))] = request.body;
            return {.headers = {{"etag", "\"part\""}}};
        }
        std::string whole;
        for (const auto& [number, bytes] : upload->second) whole += bytes;
        objects[request.path()] = whole;
        uploads.erase(upload);
        return {.body = "<CompleteMultipartUploadResult/>"};
    }

    static std::string parameter(const Request& request, const std::string& name) {
        const std::size_t at = request.target.find(name + "=");
        if (at == std::string::npos) return {};
        const std::size_t begin = at + name.size() + 1;
        std::string value = request.target.substr(begin, request.target.find('&', begin) - begin);
        for (std::size_t slash = 0; (slash = value.find("%2F")) != std::string::npos;)
            value.replace(slash, 3, "/");
        return value;
    }

    Answer list(const Request& request) {
        const std::string prefix = request.path() + "/" + parameter(request, "prefix");
        const std::string after = parameter(request, "continuation-token");
        std::string body = "<ListBucketResult>";
        std::size_t listed = 0;
        std::string last;
        bool more = false;
        for (const auto& [path, bytes] : objects) {
            if (!path.starts_with(prefix) || (!after.empty() && path <= after)) continue;
            more = listed == page_size;
            if (more) break;
            body += "<Contents><Key>" + path.substr(request.path().size() + 1) + "</Key><Size>" +
                    std::to_string(bytes.size()) + "</Size></Contents>";
            last = path;
            ++listed;
        }
        if (more)
            body += "<IsTruncated>true</IsTruncated><NextContinuationToken>" + last +
                    "</NextContinuationToken>";
        return {.body = body + "</ListBucketResult>"};
    }

    std::mutex mutex_;
    Fault always_;
    FakeHttpServer server_;
};

}  // namespace skald::support
