// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/model/time.h>

#include <cstdint>
#include <string>

namespace skald::tools {

/// A running server, and on behalf of whom it is asked.
struct Server {
    std::string url;     ///< `http://host:port` or https
    std::string tenant;  ///< Empty: no X-Scope-OrgID.
};

/// Writes what is in memory to segments. Errors: kUnavailable.
Result<void> flush_server(const std::string& url);

/// Which lines are written, and where to.
struct ExportOptions {
    Server server;
    std::string query;   ///< A log query.
    TimeNs start = 0;    ///< Inclusive,
    TimeNs end = 0;      ///< exclusive.
    std::string output;  ///< The state is beside it, `<output>.state`, until all is there.
};

/// Appends lines to the file, one JSON object each, in the order of time:
/// {"time":"<ns>","stream":{…},"line":"…","metadata":{…}}. Where it was interrupted it goes on: no
/// line is there twice. Returns how many lines the file has. Errors: kInvalidArgument (the state is
/// that of another export), kUnavailable, kIo, kLimitExceeded (more lines of one time than one
/// answer may have).
Result<std::uint64_t> export_lines(const ExportOptions& options);

/// What is pushed, and where to.
struct ImportOptions {
    Server server;
    std::string input;  ///< The state is beside it, `<input>.state`, until all is there.
};

/// Pushes the lines of such a file. What was pushed when it was interrupted without the answer is
/// pushed again; the server keeps it once. Returns how many lines were pushed, by earlier calls,
/// too. Errors: kInvalidArgument (the file), those of pushing.
Result<std::uint64_t> import_lines(const ImportOptions& options);

}  // namespace skald::tools
