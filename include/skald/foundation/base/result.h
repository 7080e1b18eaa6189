// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/assert.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace skald {

/// Every way an operation can fail, for the whole server. The closed list is what lets one table in
/// `api` map a failure to a status code and one place decide what is worth a retry.
enum class ErrorCode {
    kInvalidArgument,   ///< The request is wrong and will stay wrong (400).
    kUnprocessable,     ///< Well-formed, but there is nothing in it to act on (422).
    kUnauthenticated,   ///< No tenant (401).
    kForbidden,         ///< Known, but without the right to do it (403).
    kNotFound,          ///< 404.
    kTooLarge,          ///< 413.
    kBlocked,           ///< Writes are forbidden for a while (`block_ingestion_status_code`).
    kLimitExceeded,     ///< A limit of the tenant or a budget; may pass later (429).
    kCancelled,         ///< The caller went away (499).
    kDeadlineExceeded,  ///< 504.
    kUnavailable,       ///< The server's trouble, retry later (503).
    kNotSupported,      ///< Known to the language or the protocol, not evaluated here yet (400).
    kCorruption,        ///< Stored bytes that are not what was written (500).
    kIo,                ///< The operating system refused a file operation (500).
    kInternal,          ///< A broken assumption of ours (500).
};

/// A failure on its way to whoever can act on it. `message` says what and which (stream, file,
/// offset) and is shown to users as it is.
struct [[nodiscard]] Error {
    ErrorCode code;
    std::string message;
};

/// A value or the reason there is none. Same member names as std::expected, to become an alias of
/// it. Threading: as the value.
template <class T>
class [[nodiscard]] Result {
public:
    // Implicit on purpose: `return value;` and `return Error{...};` are how a Result is made.
    // NOLINTBEGIN(google-explicit-constructor)
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    template <class U>
    requires(std::is_constructible_v<T, U&&>&& std::is_convertible_v<U&&, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& operator*() & {
        SKALD_DASSERT(has_value());
        return *std::get_if<0>(&state_);
    }
    const T& operator*() const& {
        SKALD_DASSERT(has_value());
        return *std::get_if<0>(&state_);
    }
    T&& operator*() && {
        SKALD_DASSERT(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T* operator->() { return &**this; }
    const T* operator->() const { return &**this; }

    const Error& error() const& {
        SKALD_DASSERT(!has_value());
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        SKALD_DASSERT(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)  // NOLINT(google-explicit-constructor)
        : error_(std::move(error)) {}

    bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const& {
        SKALD_DASSERT(error_);
        return *error_;
    }
    Error&& error() && {
        SKALD_DASSERT(error_);
        return std::move(*error_);
    }

private:
    std::optional<Error> error_;
};

}  // namespace skald

#define SKALD_CONCAT_INNER(a, b) a##b
#define SKALD_CONCAT(a, b) SKALD_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration and a keyword take no parentheses.
#define SKALD_TRY_IMPL(leave, temporary, declaration, expression) \
    auto temporary = (expression);                                \
    if (!temporary) leave std::move(temporary).error();           \
    declaration = *std::move(temporary)

#define SKALD_CHECK_IMPL(leave, temporary, expression)  \
    auto temporary = (expression);                      \
    if (!temporary) leave std::move(temporary).error(); \
    static_cast<void>(0)
// NOLINTEND(bugprone-macro-parentheses)

/// `SKALD_TRY(T x, expr);` declares x from the value of `expr`, or returns its error to the caller.
#define SKALD_TRY(declaration, expression) \
    SKALD_TRY_IMPL(return, SKALD_CONCAT(try_, __LINE__), declaration, expression)

/// SKALD_TRY for a coroutine.
#define SKALD_CO_TRY(declaration, expression) \
    SKALD_TRY_IMPL(co_return, SKALD_CONCAT(try_, __LINE__), declaration, expression)

/// `SKALD_CHECK(expr);` returns the error of a `Result<void>` to the caller, if there is one.
#define SKALD_CHECK(expression) SKALD_CHECK_IMPL(return, SKALD_CONCAT(check_, __LINE__), expression)

/// SKALD_CHECK for a coroutine.
#define SKALD_CO_CHECK(expression) \
    SKALD_CHECK_IMPL(co_return, SKALD_CONCAT(check_, __LINE__), expression)
