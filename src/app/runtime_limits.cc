// SPDX-License-Identifier: Apache-2.0
#include "runtime_limits.h"

#include <skald/foundation/base/text_encoding.h>
#include <skald/foundation/base/units.h>
#include <skald/foundation/model/split.h>
#include <skald/foundation/telemetry/log.h>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace skald::app {

namespace {

/// A file of overrides with a section of every limit for ten thousand tenants is smaller.
constexpr std::uint64_t kFileBytesMax = 64 * kMiB;

std::vector<std::string> split_files(const std::string& list) {
    std::vector<std::string> files;
    for (std::string_view rest = list; !rest.empty();) {
        const std::string_view file = take_part(rest, ',');
        if (!file.empty()) files.emplace_back(file);
    }
    return files;
}

std::string text_of(const std::string& file, const std::vector<ConfigProblem>& problems) {
    std::string text;
    for (const ConfigProblem& problem : problems) {
        text += (text.empty() ? "" : "; ") + file;
        if (problem.line > 0) text += ":" + std::to_string(problem.line);
        text += ": " + problem.text;
    }
    return text;
}

std::string sha256_hex(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return encode_hex({reinterpret_cast<const char*>(digest.data()), size});
}

Error not_readable(const Error& error) {
    return {error.code, "runtime_config.file: " + error.message};
}

}  // namespace

RuntimeLimits::RuntimeLimits(Limits base, const std::string& files, storage::FileSystem& disk,
                             MetricsRegistry& metrics)
    : base_(std::make_shared<const Limits>(std::move(base))),
      files_(split_files(files)),
      disk_(disk),
      snapshot_(std::make_shared<const Snapshot>()),
      metrics_(metrics) {
    if (files_.empty()) return;
    successful_ = metrics.gauge("loki_runtime_config_last_reload_successful",
                                "Whether the files of overrides were right when last read.");
}

Result<void> RuntimeLimits::load() {
    const Result<bool> done = read();
    if (!done) return done.error();
    return {};
}

void RuntimeLimits::reload() {
    const Result<bool> done = read();
    if (!done) {
        log_error("overrides can't be used, the former ones stay",
                  {{"files", joined(files_, ",")},
                   {"err", done.error().message},
                   {"do", "put the file right; it is read again by itself"}});
    } else if (*done) {
        log_info("overrides have changed");
    }
}

Result<bool> RuntimeLimits::read() {
    if (files_.empty()) return false;
    Result<std::vector<std::string>> texts = read_files();
    // One report for each content: a wrong file stays wrong for hours.
    const bool failed = !snapshot_.with([](const auto& current) { return current->error; }).empty();
    if (texts && !failed && *texts == seen_texts_) return false;
    LoadedOverrides loaded;
    std::string problems = texts ? "" : texts.error().message;
    for (std::size_t i = 0; texts && i < texts->size(); ++i) {
        load_overrides((*texts)[i], *base_, loaded);
        if (problems.empty() && !loaded.problems.empty())
            problems = text_of(files_[i], loaded.problems);
    }
    if (texts) seen_texts_ = *std::move(texts);
    successful_.set(problems.empty() ? 1 : 0);
    auto next = std::make_shared<Snapshot>();
    if (!problems.empty()) {
        auto current = snapshot_.lock();
        const bool known = (*current)->error == problems;
        *next = **current;
        next->error = problems;
        *current = std::move(next);
        if (known) return false;
        return Error{ErrorCode::kInvalidArgument, problems};
    }
    for (const auto& [tenant, limits] : loaded.tenants)
        next->tenants.emplace(tenant, std::make_shared<const Limits>(limits));
    next->values = std::move(loaded.tenants);
    *snapshot_.lock() = std::move(next);
    show_hash();
    for (const std::string& key : loaded.ignored)
        log_warn("a key of the overrides means nothing here and is ignored", {{"key", key}});
    return true;
}

void RuntimeLimits::show_hash() {
    std::string all;
    for (const std::string& text : seen_texts_) all += text;
    hash_.set(0);
    hash_ = metrics_.gauge("loki_runtime_config_hash",
                           "1 for the SHA-256 of the overrides that are in use, else 0.",
                           {{"config", "loki"}, {"sha256", sha256_hex(all)}});
    hash_.set(1);
}

Result<std::vector<std::string>> RuntimeLimits::read_files() const {
    std::vector<std::string> texts;
    for (const std::string& file : files_) {
        const auto opened = disk_.open_read(file);
        if (!opened) return not_readable(opened.error());
        if ((*opened)->size() > kFileBytesMax)
            return Error{ErrorCode::kInvalidArgument, file + ": larger than 64 MiB"};
        const Result<Buffer> text = (*opened)->read(0, (*opened)->size());
        if (!text) return not_readable(text.error());
        texts.emplace_back(text->view());
    }
    return texts;
}

std::shared_ptr<const Limits> RuntimeLimits::of(const TenantId& tenant) const {
    if (files_.empty()) return base_;
    return snapshot_.with([&](const std::shared_ptr<const Snapshot>& snapshot) {
        const auto found = snapshot->tenants.find(tenant.text());
        return found == snapshot->tenants.end() ? base_ : found->second;
    });
}

std::string RuntimeLimits::yaml() const {
    const std::shared_ptr<const Snapshot> snapshot =
        snapshot_.with([](const std::shared_ptr<const Snapshot>& current) { return current; });
    std::string text;
    if (!snapshot->error.empty()) {
        text += "# The files can't be used, these are the former values:\n# ";
        for (const char c : snapshot->error)
            text += c == '\n' ? std::string("\n# ") : std::string(1, c);
        text += "\n";
    }
    return text + overrides_yaml(snapshot->values, *base_);
}

}  // namespace skald::app
