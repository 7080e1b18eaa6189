// SPDX-License-Identifier: Apache-2.0
#include "object_store_choice.h"

#include "s3_url.h"
#include "schema_check.h"

#include <skald/foundation/model/text.h>

#include <string>
#include <string_view>
#include <utility>

namespace skald {

namespace {

bool is_bucket_type(std::string_view store) {
    return store == "s3" || store == "aws";
}

/// The store as something to compare: two names of one thing are the same.
std::string canonical(const std::string& store) {
    return store == "aws" ? "s3" : store;
}

class Choice {
public:
    explicit Choice(LoadedConfig& loaded) : loaded_(loaded), storage_(loaded.config.storage) {}

    void make() {
        const bool has_common = loaded_.config.common.s3 != Config::S3{};
        if (storage_.aws == Config::S3{} && has_common) {
            storage_.aws = loaded_.config.common.s3;
            section_ = "common.storage.s3";
        }
        if (storage_.periods.empty()) {
            storage_.is_remote = storage_.aws != Config::S3{};
        } else {
            take_period();
        }
        if (storage_.is_remote) check_bucket();
    }

private:
    void take_period() {
        const auto& [line, last] = storage_.periods.back();
        for (const auto& [where, store] : storage_.periods) check_name(where, store);
        for (const auto& [where, store] : storage_.periods) {
            if (canonical(store) == canonical(last)) continue;
            loaded_.notes.push_back(
                "schema_config names several object stores; all segments are in " + go_quote(last) +
                ", the one of the last period");
            break;
        }
        const auto bucket = storage_.named_aws.find(last);
        if (bucket != storage_.named_aws.end()) {
            storage_.aws = bucket->second;
            section_ = "storage_config.named_stores.aws." + last;
        }
        storage_.is_remote = is_bucket_type(last) || bucket != storage_.named_aws.end();
        const auto folder = storage_.named_filesystem.find(last);
        if (folder != storage_.named_filesystem.end())
            loaded_.config.common.chunks_directory = folder->second;
        line_ = line;
    }

    void check_name(std::size_t line, const std::string& store) {
        const bool is_known = store.empty() || store == "filesystem" || is_bucket_type(store) ||
                              storage_.named_aws.contains(store) ||
                              storage_.named_filesystem.contains(store);
        if (is_known) return;
        loaded_.problems.push_back(
            {line, std::string(kSchemaPeriods) + ": object_store: " + go_quote(store) +
                       " is neither filesystem nor s3 nor a name in storage_config.named_stores"});
    }

    void check_bucket() {
        Config::S3& bucket = storage_.aws;
        if (const Result<void> applied = apply_s3_url(bucket); !applied)
            problem(".s3", applied.error().message);
        if (bucket.bucketnames.empty()) problem(".bucketnames", "name the bucket");
        if (bucket.bucketnames.find(',') != std::string::npos)
            problem(".bucketnames", "one bucket is served; name one");
        if (bucket.access_key_id.empty() != bucket.secret_access_key.empty())
            problem(".access_key_id", "set it together with secret_access_key");
        if (bucket.min_backoff > bucket.max_backoff)
            problem(".backoff_config.min_period", "must not be longer than max_period");
        std::string& prefix = storage_.object_prefix;
        if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    }

    void problem(const std::string& key, const std::string& text) {
        loaded_.problems.push_back({line_, section_ + key + ": " + text});
    }

    LoadedConfig& loaded_;
    Config::Storage& storage_;
    std::string section_ = "storage_config.aws";
    std::size_t line_ = 0;
};

}  // namespace

void choose_object_store(LoadedConfig& loaded) {
    Choice(loaded).make();
}

}  // namespace skald
