// SPDX-License-Identifier: Apache-2.0
#include "compression.h"
#include "connection.h"
#include "response_head.h"

#include <skald/foundation/base/units.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace skald::api {

namespace {

namespace asio = boost::asio;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable_t<Executor>{});
constexpr std::size_t kGzipInPlaceMax = 16 * kKiB;

/// The line in front of a chunk of a chunked body.
std::string chunk_head(std::size_t size) {
    char text[18];
    const auto end = std::to_chars(text, text + 16, size, 16).ptr;
    return std::string(text, end) + "\r\n";
}

}  // namespace

Task<> Connection::prepare_body() {
    HttpResponse& response = exchange_->response;
    // HTTP/1.0 has no chunks, and without a body its length is told.
    if (response.source != nullptr &&
        (exchange_->method == Method::kHead || exchange_->parser.version() < 11)) {
        const auto write_all = [&response] { return collect(*response.source); };
        response.body = co_await run_on(core_.workers, Lane::kQuery, write_all);
        response.source = nullptr;
    }
    const bool worth_it = response.status / 100 == 2 &&
                          (response.source != nullptr || response.body.size() >= kGzipBytesMin);
    if (!worth_it) co_return;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!exchange_->wants_gzip) co_return;
    if (response.source != nullptr) {
        response.source = gzip_source(std::move(response.source));
    } else if (response.body.size() <= kGzipInPlaceMax) {
        response.body = gzip(response.body);
    } else {
        const auto pack = [&response] { return gzip(response.body); };
        response.body = co_await run_on(core_.workers, Lane::kQuery, pack);
    }
    response.headers.emplace_back("Content-Encoding", "gzip");
}

Task<bool> Connection::write(std::string head) {
    const auto started = core_.clock.now();
    const HttpResponse& response = exchange_->response;
    if (response.source == nullptr) {
        const std::string_view body =
            exchange_->method == Method::kHead ? std::string_view() : response.body;
        const bool written = co_await write_all({head, body, {}}, started);
        co_return written;
    }
    bool more = true;
    while (more) {
        // Between two pieces the worker is free for others.
        std::string piece;
        const auto write_piece = [&piece, &response] { return response.source->next(piece); };
        more = co_await run_on(core_.workers, Lane::kQuery, write_piece);
        if (expired_) co_return false;
        // A packer may keep what it got.
        if (piece.empty() && more) continue;
        if (!piece.empty()) head += chunk_head(piece.size());
        const std::string_view end = more ? "\r\n" : piece.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
        const bool written = co_await write_all({head, piece, end}, started);
        if (!written) co_return false;
        head.clear();
    }
    co_return true;
}

Task<bool> Connection::write_all(std::array<std::string_view, 3> parts, Clock::TimePoint started) {
    for (;;) {
        std::array<asio::const_buffer, 3> buffers;
        std::size_t left = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            buffers[i] = asio::const_buffer(parts[i].data(), parts[i].size());
            left += parts[i].size();
        }
        if (left == 0) co_return true;
        watch_.wait(*this, Phase::kTransfer,
                    transfer_deadline(started, exchange_->sent, core_.options.write_timeout));
        const auto [ec, count] = co_await transport_.async_write_some(buffers, kToken);
        if (ec || expired_) co_return false;
        exchange_->sent += count;
        std::size_t done = count;
        for (std::string_view& part : parts) {
            const std::size_t taken = std::min(done, part.size());
            part.remove_prefix(taken);
            done -= taken;
        }
    }
}

}  // namespace skald::api
