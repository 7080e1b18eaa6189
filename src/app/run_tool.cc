// SPDX-License-Identifier: Apache-2.0
#include "run_tool.h"

#include "folder_lock.h"
#include "segment_objects.h"

#include <skald/foundation/model/text.h>
#include <skald/foundation/model/time.h>
#include <skald/foundation/runtime/clock.h>
#include <skald/foundation/telemetry/log.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>
#include <skald/tools/check.h>
#include <skald/tools/inspect.h>
#include <skald/tools/rebuild.h>
#include <skald/tools/snapshot.h>
#include <skald/tools/transfer.h>

#include <iostream>
#include <memory>
#include <utility>

namespace skald::app {

namespace {

constexpr const char* kDefaultUrl = "http://localhost:3100";

tools::DataFolders folders_of(const Config& config) {
    return {.chunks = config.common.chunks_directory,
            .wal = config.ingester.wal_directory,
            .catalog = config.storage.catalog_directory,
            .patterns = config.patterns.directory,
            .bucket = nullptr};
}

/// The data of a configuration, wherever its segments are.
struct Data {
    MetricsRegistry metrics;
    SystemClock clock;
    std::unique_ptr<storage::RemoteObjectStore> bucket;
    tools::DataFolders folders;

    Result<void> open(const Config& config) {
        folders = folders_of(config);
        if (!config.storage.is_remote) return {};
        SKALD_TRY(bucket, open_bucket(config, clock, metrics));
        folders.bucket = bucket.get();
        return {};
    }
};

/// The folder of a stopped server for this process. Errors: kUnavailable with what to do.
Result<FolderLock> hold_folder(const tools::DataFolders& folders, const std::string& otherwise) {
    Result<FolderLock> lock = FolderLock::take(folders.catalog + ".lock");
    if (!lock && lock.error().code == ErrorCode::kUnavailable)
        return Error{ErrorCode::kUnavailable,
                     "a server runs on " + folders.chunks + ": stop it, or " + otherwise};
    return lock;
}

Result<int> check(const ToolLine& line, const tools::DataFolders& folders) {
    tools::CheckOptions options{.folders = folders, .deep = line.has("deep")};
    options.is_running = line.has("running");
    storage::FileSystem& files = storage::posix_file_system();
    SKALD_TRY(const bool is_there, folders.bucket != nullptr ? true : files.exists(folders.chunks));
    if (!is_there) return Error{ErrorCode::kNotFound, folders.chunks + ": there is no such folder"};
    FolderLock lock;
    if (!options.is_running) {
        SKALD_TRY(lock, hold_folder(folders, "add -running to look at its segments only"));
    }
    SKALD_TRY(const tools::CheckReport report, tools::check_data(files, options));
    std::cout << report.text();
    return report.damage.empty() ? 0 : 1;
}

Result<int> inspect(const ToolLine& line) {
    tools::InspectOptions options{
        .file = line.operands[0], .json = line.has("json"), .all = line.has("all"), .block = {}};
    if (line.has("block")) {
        SKALD_TRY(const std::int64_t offset, parse_int(line.value("block")));
        options.block = static_cast<std::uint64_t>(offset);
    }
    SKALD_TRY(const std::string text, tools::inspect_file(storage::posix_file_system(), options));
    std::cout << text;
    return 0;
}

Result<int> rebuild(const tools::DataFolders& folders) {
    SKALD_TRY(const FolderLock lock, hold_folder(folders, "use a snapshot"));
    SKALD_TRY(const tools::Rebuilt done,
              tools::rebuild_catalog(storage::posix_file_system(), folders));
    std::cout << "the catalog has " << done.segments << " segments of " << done.objects
              << " objects";
    if (done.damaged > 0) std::cout << "; " << done.damaged << " are damaged (skald check)";
    std::cout << "\n";
    if (!done.kept_as.empty()) std::cout << "the former one is " << done.kept_as << "\n";
    return done.damaged == 0 ? 0 : 1;
}

Result<int> snapshot(const ToolLine& line, const tools::DataFolders& folders) {
    tools::SnapshotOptions options;
    options.folders = folders;
    options.target = line.operands[0];
    Result<FolderLock> lock = FolderLock::take(folders.catalog + ".lock");
    if (!lock && lock.error().code != ErrorCode::kUnavailable) return lock.error();
    if (!lock) {
        const std::string url = line.value("url", kDefaultUrl);
        options.flush = [url] { return tools::flush_server(url); };
    }
    SKALD_TRY(const tools::SnapshotReport report, tools::make_snapshot(options));
    std::cout << options.target << ": " << report.segments << " segments, " << report.bytes
              << " bytes, " << report.delete_requests << " delete requests";
    if (report.wal_files > 0) std::cout << ", " << report.wal_files << " files of the log";
    std::cout << "\n";
    return 0;
}

tools::Server server_of(const ToolLine& line) {
    return {.url = line.value("url", kDefaultUrl), .tenant = line.value("tenant")};
}

Result<int> export_lines(const ToolLine& line) {
    for (const char* needed : {"query", "start", "end", "output"}) {
        if (!line.has(needed))
            return Error{ErrorCode::kInvalidArgument,
                         std::string("skald export needs -") + needed + "; see skald -help"};
    }
    tools::ExportOptions options;
    options.server = server_of(line);
    options.query = line.value("query");
    SKALD_TRY(options.start, parse_rfc3339(line.value("start")));
    SKALD_TRY(options.end, parse_rfc3339(line.value("end")));
    options.output = line.value("output");
    SKALD_TRY(const std::uint64_t lines, tools::export_lines(options));
    std::cout << lines << " lines in " << options.output << "\n";
    return 0;
}

Result<int> import_lines(const ToolLine& line) {
    SKALD_TRY(const std::uint64_t lines,
              tools::import_lines({.server = server_of(line), .input = line.operands[0]}));
    std::cout << lines << " lines pushed\n";
    return 0;
}

Result<int> run(const ToolLine& line, const Config& config) {
    if (line.tool == "inspect") return inspect(line);
    if (line.tool == "export") return export_lines(line);
    if (line.tool == "import") return import_lines(line);
    Data data;
    SKALD_CHECK(data.open(config));
    if (line.tool == "check") return check(line, data.folders);
    if (line.tool == "catalog rebuild") return rebuild(data.folders);
    return snapshot(line, data.folders);
}

}  // namespace

int run_tool(const ToolLine& line, const Config& config) {
    set_log_level(LogLevel::kWarn);
    const Result<int> status = run(line, config);
    if (status) return *status;
    std::cerr << "skald " << line.tool << ": " << status.error().message << "\n";
    return 2;
}

}  // namespace skald::app
