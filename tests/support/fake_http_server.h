// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace skald::support {

/// An HTTP server on loopback whose answers a test writes, broken ones too.
class FakeHttpServer {
public:
    struct Request {
        std::string method;
        std::string target;                          ///< Path and query as they came.
        std::map<std::string, std::string> headers;  ///< Names in lower case.
        std::string body;

        std::string path() const { return target.substr(0, target.find('?')); }
        bool has_query(const std::string& text) const {
            return target.find(text, std::min(target.find('?'), target.size())) !=
                   std::string::npos;
        }
    };
    struct Answer {
        int status = 200;
        std::vector<std::pair<std::string, std::string>> headers = {};
        std::string body = {};
        /// What is sent of the body before the connection is closed; all if negative.
        int cut_after = -1;
        bool reset = false;  ///< No answer: the connection is reset.
        bool hang = false;   ///< No answer at all until the server ends.
    };
    using Handler = std::function<Answer(const Request&)>;

    explicit FakeHttpServer(Handler handler) : handler_(std::move(handler)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::abort();
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~FakeHttpServer() {
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        ::close(listener_);
        {
            const std::lock_guard hold(mutex_);
            for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
        }
        for (std::thread& thread : threads_) thread.join();
    }
    FakeHttpServer(const FakeHttpServer&) = delete;
    FakeHttpServer& operator=(const FakeHttpServer&) = delete;

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::vector<Request> requests() const {
        const std::lock_guard hold(mutex_);
        return requests_;
    }
    std::size_t connections() const {
        const std::lock_guard hold(mutex_);
        return connections_;
    }

private:
    void accept_all() {
        for (;;) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            const std::lock_guard hold(mutex_);
            ++connections_;
            sockets_.insert(socket);
            threads_.emplace_back([this, socket] { serve(socket); });
        }
    }

    void serve(int socket) {
        std::string buffer;
        Request request;
        while (read_request(socket, buffer, request)) {
            Answer answer;
            {
                const std::lock_guard hold(mutex_);
                requests_.push_back(request);
                answer = handler_(request);
            }
            if (!send_answer(socket, request, answer)) break;
        }
        const std::lock_guard hold(mutex_);
        sockets_.erase(socket);
        ::close(socket);
    }

    static bool receive(int socket, std::string& buffer) {
        char bytes[65536];
        const ssize_t got = ::recv(socket, bytes, sizeof bytes, 0);
        if (got <= 0) return false;
        buffer.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    static bool read_request(int socket, std::string& buffer, Request& request) {
        std::size_t end = 0;
        while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
            if (!receive(socket, buffer)) return false;
        request = {};
        std::string head = buffer.substr(0, end + 2);
        buffer.erase(0, end + 4);
        request.method = head.substr(0, head.find(' '));
        const std::size_t target = request.method.size() + 1;
        request.target = head.substr(target, head.find(' ', target) - target);
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            const std::size_t stop = head.find("\r\n", at);
            const std::string line = head.substr(at, stop - at);
            const std::size_t colon = std::min(line.find(':'), line.size());
            std::string name = line.substr(0, colon);
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
            request.headers[name] = line.substr(value);
            at = stop + 2;
        }
        const std::string& length = request.headers["content-length"];
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        while (buffer.size() < size)
            if (!receive(socket, buffer)) return false;
        request.body = buffer.substr(0, size);
        buffer.erase(0, size);
        return true;
    }

    bool send_answer(int socket, const Request& request, const Answer& answer) {
        if (answer.hang) {
            char byte = 0;
            while (::recv(socket, &byte, 1, 0) > 0) {
            }
            return false;
        }
        if (answer.reset) {
            const linger now{.l_onoff = 1, .l_linger = 0};
            ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            return false;
        }
        std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\n";
        bool has_length = false;
        for (const auto& [name, value] : answer.headers) {
            text += name + ": " + value + "\r\n";
            has_length = has_length || name == "content-length";
        }
        if (!has_length && answer.status != 204)
            text += "content-length: " + std::to_string(answer.body.size()) + "\r\n";
        text += "\r\n";
        const bool is_cut = answer.cut_after >= 0;
        if (request.method != "HEAD")
            text += answer.body.substr(
                0, is_cut ? static_cast<std::size_t>(answer.cut_after) : std::string::npos);
        for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t more =
                ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (more <= 0) return false;
            sent += static_cast<std::size_t>(more);
        }
        return !is_cut;
    }

    Handler handler_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread accepting_;
    mutable std::mutex mutex_;
    std::vector<Request> requests_;
    std::set<int> sockets_;
    std::size_t connections_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace skald::support
