// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_message.h"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <string_view>

namespace skald::api {

/// Beast's parser of one request, filling an HttpRequest. The body is not kept: pieces of a chunked
/// one are handed out as views, others are read past the parser.
///
/// Each `put` stops after the next part of the message: request line, header, chunk header, piece.
/// Threading: single-owner.
class MessageParser final : public boost::beast::http::basic_parser<true> {
public:
    /// `request` must outlive the parser.
    explicit MessageParser(HttpRequest& request, std::uint32_t header_bytes_max);

    /// What the last `put` found of a chunked body; points into its bytes.
    std::string_view take_piece() noexcept;
    bool has_transfer_encoding() const noexcept { return has_transfer_encoding_; }
    /// Header lines that name a host.
    int hosts() const noexcept { return hosts_; }
    int version() const noexcept { return version_; }

private:
    using Verb = boost::beast::http::verb;
    using FieldName = boost::beast::http::field;
    using StringView = boost::beast::string_view;
    using ErrorCodeRef = boost::beast::error_code&;

    void on_request_impl(Verb verb, StringView method, StringView target, int version,
                         ErrorCodeRef ec) override;
    void on_response_impl(int status, StringView reason, int version, ErrorCodeRef ec) override;
    void on_field_impl(FieldName field, StringView name, StringView value,
                       ErrorCodeRef ec) override;
    void on_header_impl(ErrorCodeRef ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCodeRef ec) override;
    std::size_t on_body_impl(StringView bytes, ErrorCodeRef ec) override;
    void on_chunk_header_impl(std::uint64_t size, StringView extensions, ErrorCodeRef ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t rest, StringView bytes, ErrorCodeRef ec) override;
    void on_finish_impl(ErrorCodeRef ec) override;

    HttpRequest& request_;
    std::string_view piece_;
    int version_ = 11;
    int hosts_ = 0;
    bool in_header_ = true;
    bool has_transfer_encoding_ = false;
};

/// Cuts a request target into path and query; a scheme and host (as proxies send them) are dropped.
void set_target(HttpRequest& request, std::string_view target);

}  // namespace skald::api
