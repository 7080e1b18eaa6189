// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>
#include <skald/foundation/model/limits.h>
#include <skald/foundation/runtime/guarded.h>
#include <skald/foundation/telemetry/metrics.h>
#include <skald/storage/file/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skald::app {

/// The limits of each tenant: those of the configuration, and over them what the files of
/// `runtime_config.file` say. Files are merged from the first to the last. A file that can't be
/// used leaves everything as it was. Threading: `of` and `yaml` are thread-safe; `load` and
/// `reload` from one thread at a time.
class RuntimeLimits final : public LimitsSource {
public:
    /// `files` is a comma list; empty: there are no overrides. The references must outlive it.
    RuntimeLimits(Limits base, const std::string& files, storage::FileSystem& disk,
                  MetricsRegistry& metrics);

    /// Reads the files at start. Errors: of a file that is missing or wrong, with all problems.
    Result<void> load();
    /// Reads them again and uses them if they have changed and are right. What is wrong with them
    /// goes to the log, once for each content, and to the metrics.
    void reload();

    std::shared_ptr<const Limits> of(const TenantId& tenant) const override;
    /// What `/runtime_config` shows.
    std::string yaml() const;

private:
    struct Snapshot {
        std::map<std::string, std::shared_ptr<const Limits>, std::less<>> tenants;
        std::map<std::string, Limits, std::less<>> values;
        std::string error;  ///< Of the last reload, if it failed.
    };

    /// Reads and checks; true if there was something new.
    Result<bool> read();
    Result<std::vector<std::string>> read_files() const;
    void show_hash();

    const std::shared_ptr<const Limits> base_;
    std::vector<std::string> files_;
    storage::FileSystem& disk_;
    std::vector<std::string> seen_texts_;  ///< As last read.
    Guarded<std::shared_ptr<const Snapshot>> snapshot_;
    MetricsRegistry& metrics_;
    Gauge successful_;
    Gauge hash_;  ///< Of what is in use.
};

}  // namespace skald::app
