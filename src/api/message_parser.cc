// SPDX-License-Identifier: Apache-2.0
#include "message_parser.h"

#include <algorithm>

namespace skald::api {

namespace {

std::string_view std_view(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

}  // namespace

MessageParser::MessageParser(HttpRequest& request, std::uint32_t header_bytes_max)
    : request_(request) {
    header_limit(header_bytes_max);
    body_limit(boost::none);  // Each route has its own.
}

std::string_view MessageParser::take_piece() noexcept {
    return std::exchange(piece_, {});
}

void MessageParser::on_request_impl(Verb, StringView method, StringView target, int version,
                                    ErrorCodeRef) {
    request_.method = method_of(std_view(method));
    set_target(request_, std_view(target));
    version_ = version;
}

void MessageParser::on_response_impl(int, StringView, int, ErrorCodeRef) {}

void MessageParser::on_field_impl(FieldName field, StringView name, StringView value,
                                  ErrorCodeRef) {
    if (!in_header_) return;  // Trailers say nothing to us.
    if (field == FieldName::transfer_encoding) has_transfer_encoding_ = true;
    if (field == FieldName::host) ++hosts_;
    request_.headers.add(std_view(name), std_view(value));
}

void MessageParser::on_header_impl(ErrorCodeRef) {
    in_header_ = false;
}

void MessageParser::on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCodeRef) {}

std::size_t MessageParser::on_body_impl(StringView bytes, ErrorCodeRef) {
    piece_ = std_view(bytes);
    return bytes.size();
}

void MessageParser::on_chunk_header_impl(std::uint64_t, StringView, ErrorCodeRef) {}

std::size_t MessageParser::on_chunk_body_impl(std::uint64_t, StringView bytes, ErrorCodeRef) {
    piece_ = std_view(bytes);
    return bytes.size();
}

void MessageParser::on_finish_impl(ErrorCodeRef) {}

void set_target(HttpRequest& request, std::string_view target) {
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme != std::string_view::npos) {
            const std::size_t path = target.find('/', scheme + 3);
            target = path == std::string_view::npos ? "/" : target.substr(path);
        }
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
}

}  // namespace skald::api
