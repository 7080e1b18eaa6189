// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skald::api {

/// Walks through JSON text that may be malformed, value by value, without building anything.
///
/// More forgiving than RFC 8259 where Loki is: strings may hold raw control bytes and invalid
/// UTF-8. Strings are unescaped in place, which is why the text is writable: an escape is never
/// shorter than what it stands for.
/// Invariant: after a read returned false `error()` says why and where; the caller reads no more.
/// Threading: single-owner.
class JsonScanner {
public:
    /// Errors begin with `what_fails`.
    JsonScanner(char* begin, std::size_t size,
                std::string_view what_fails = "invalid JSON push body: ")
        : begin_(begin), at_(begin), end_(begin + size), what_fails_(what_fails) {}

    /// The first byte of the next token, or '\0' at the end (or before a NUL byte).
    char peek();
    bool at_end();
    /// Steps over `token` if it is next.
    bool take(char token);
    /// Steps over `token` or fails.
    bool expect(char token, const char* where);
    /// Steps over the word `null` if it is next.
    bool take_null();

    /// The inside of the next string as it is written.
    bool read_raw_string(std::string_view& text);
    /// The next string with its escapes resolved; lone surrogates become U+FFFD.
    bool read_string(std::string_view& text);
    /// A number, `true`, `false` or `null` as it is written.
    bool read_scalar(std::string_view& text);
    /// Steps over a value of any kind; nesting is limited to `kMaxDepth`.
    bool skip_value();

    static constexpr std::size_t kMaxDepth = 512;

    bool fail(const std::string& what);
    const std::string& error() const { return error_; }

private:
    void skip_space();
    bool resolve_escapes(char* out, std::string_view& text);
    bool resolve_escape(char*& out);
    bool resolve_unicode(char*& out);
    bool read_hex4(unsigned& value);

    char* begin_;
    char* at_;
    char* end_;
    std::string_view what_fails_;
    std::string error_;
};

/// Whether the names of an object's members are given as they are written or unescaped.
enum class MemberNames { kRaw, kUnescaped };

/// The members of the object that is next: `read_member(name)` is called behind each colon and
/// returns false to stop with its error.
template <MemberNames kNames = MemberNames::kRaw, class ReadMember>
bool read_object(JsonScanner& in, const char* where, ReadMember read_member) {
    if (!in.expect('{', where)) return false;
    if (in.take('}')) return true;
    do {
        std::string_view name;
        const bool named =
            kNames == MemberNames::kRaw ? in.read_raw_string(name) : in.read_string(name);
        if (!named || !in.expect(':', where) || !read_member(name)) return false;
    } while (in.take(','));
    return in.expect('}', where);
}

/// The elements of the array that is next, as `read_object`.
template <class ReadElement>
bool read_array(JsonScanner& in, const char* where, ReadElement read_element) {
    if (!in.expect('[', where)) return false;
    if (in.take(']')) return true;
    do {
        if (!read_element()) return false;
    } while (in.take(','));
    return in.expect(']', where);
}

}  // namespace skald::api
