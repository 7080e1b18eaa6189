// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "alertmanager_rules.h"
#include "config_keys.h"
#include "limit_rules.h"
#include "otlp_rules.h"
#include "relabel_rules.h"
#include "remote_write_rules.h"
#include "retention_rules.h"

#include <skald/foundation/model/text.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace skald {

/// The texts of a value: one, unless it is a list.
using KeyTexts = std::vector<std::string>;

/// `must be WHAT, got "GOT"`.
Error bad_value(const std::string& what, std::string_view got);
/// http://user:password@host -> http://********@host
std::string without_passwords(std::string text);
/// Errors: kInvalidArgument for what is no address of HTTP and not empty.
Result<void> check_http_address(const std::string& url);

/// Builds the table of keys; each method adds one. `get` is a function from Config& to a reference
/// to the field. Threading: single-owner.
class KeyTable {
public:
    template <class Get>
    void text(const std::string& path, const std::string& flag, const char* doc, Get get,
              KeyTexts choices = {}) {
        std::string range;
        for (const std::string& choice : choices) range += (range.empty() ? "" : " | ") + choice;
        ConfigKey& key = add(path, flag, "text", range, doc);
        key.set = [get, choices, range](Config& config, const KeyTexts& texts) -> Result<void> {
            if (!choices.empty() &&
                std::find(choices.begin(), choices.end(), texts[0]) == choices.end())
                return bad_value("one of " + range, texts[0]);
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) { return go_quote(get(const_of(config))); };
    }

    /// A text that is never shown.
    template <class Get>
    ConfigKey& secret(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "text", "", doc);
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) -> std::string {
            return get(const_of(config)).empty() ? "\"\"" : "\"********\"";
        };
        key.same_secret = same_value(get);
        return key;
    }

    /// Addresses with commas; users and passwords in them are not shown.
    template <class Get>
    void addresses(const char* path, const char* flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "text", "", doc);
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) {
            return go_quote(without_passwords(get(const_of(config))));
        };
        key.same_secret = same_value(get);
    }

    /// A map that holds secrets: `parse` reads it, `shown` stands for it.
    template <class Get, class Parse>
    void secret_yaml(const char* path, const char* doc, Get get, Parse parse, const char* shown) {
        ConfigKey& key = add(path, "", "map", "", doc);
        key.is_yaml = true;
        key.set = [get, parse](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse(texts[0]));
            return {};
        };
        key.text = [get, shown](const Config& config) -> std::string {
            return get(const_of(config)).empty() ? "{}" : shown;
        };
        key.same_secret = same_value(get);
    }

    /// An address of HTTP, or none; user and password in it are not shown.
    template <class Get>
    void http_address(const char* path, const char* doc, Get get) {
        ConfigKey& key = add(path, "", "text", "", doc);
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_CHECK(check_http_address(texts[0]));
            get(config) = texts[0];
            return {};
        };
        key.text = [get](const Config& config) {
            return go_quote(without_passwords(get(const_of(config))));
        };
        key.same_secret = same_value(get);
    }

    template <class Get>
    void boolean(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "true or false", "", doc);
        key.is_boolean = true;
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            if (texts[0] != "true" && texts[0] != "false")
                return bad_value("true or false", texts[0]);
            get(config) = texts[0] == "true";
            return {};
        };
        key.text = [get](const Config& config) -> std::string {
            return get(const_of(config)) ? "true" : "false";
        };
    }

    /// A whole number in [low, high].
    template <class Get>
    void number(const std::string& path, const std::string& flag, const char* doc, Get get,
                std::int64_t low, std::int64_t high) {
        const std::string range = std::to_string(low) + " … " + std::to_string(high);
        ConfigKey& key = add(path, flag, "number", range, doc);
        key.set = [get, low, high, range](Config& config, const KeyTexts& texts) -> Result<void> {
            const Result<std::int64_t> value = parse_int(texts[0]);
            if (!value || *value < low || *value > high)
                return bad_value("a whole number in " + range, texts[0]);
            auto& field = get(config);
            field = static_cast<std::remove_reference_t<decltype(field)>>(*value);
            return {};
        };
        key.text = [get](const Config& config) { return std::to_string(get(const_of(config))); };
    }

    template <class Get>
    void real(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "number", "0 or more", doc);
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            const Result<double> value = parse_float(texts[0]);
            if (!value || !(*value >= 0)) return bad_value("a number of 0 or more", texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) { return format_float(get(const_of(config))); };
    }

    /// A size in bytes in [low, high].
    template <class Get>
    void bytes(const std::string& path, const std::string& flag, const char* doc, Get get,
               std::uint64_t low = 0,
               std::uint64_t high = std::numeric_limits<std::int64_t>::max()) {
        std::string range;
        if (low > 0 || high < std::numeric_limits<std::int64_t>::max())
            range = format_byte_size(low) + " … " + format_byte_size(high);
        ConfigKey& key = add(path, flag, "bytes", range, doc);
        key.set = [get, low, high, range](Config& config, const KeyTexts& texts) -> Result<void> {
            const Result<std::uint64_t> value = parse_byte_size(texts[0]);
            if (!value) return bad_value("a size such as 256KB or 4MB", texts[0]);
            if (*value < low || *value > high) return bad_value("a size in " + range, texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) {
            const std::uint64_t value = get(const_of(config));
            const std::string text = format_byte_size(value);
            const Result<std::uint64_t> back = parse_byte_size(text);
            return back && *back == value ? text : std::to_string(value);
        };
    }

    /// A length of time of at least `low`.
    template <class Get>
    void duration(const std::string& path, const std::string& flag, const char* doc, Get get,
                  DurationNs low = 0) {
        const std::string range = low == kTimeMin ? ""
                                  : low > 0       ? "at least " + format_go_duration(low)
                                                  : "0s or more";
        ConfigKey& key = add(path, flag, "duration", range, doc);
        key.set = [get, low, range](Config& config, const KeyTexts& texts) -> Result<void> {
            Result<DurationNs> value = parse_prometheus_duration(texts[0]);
            if (!value) value = parse_go_duration(texts[0]);
            if (!value) return bad_value("a duration such as 30s, 1h30m or 7d", texts[0]);
            if (*value < low) return bad_value("a duration of " + range, texts[0]);
            get(config) = *value;
            return {};
        };
        key.text = [get](const Config& config) {
            const DurationNs value = get(const_of(config));
            return value % kNanosPerMilli == 0 ? format_prometheus_duration(value)
                                               : format_go_duration(value);
        };
    }

    template <class Get>
    void list(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "list of text", "", doc);
        key.is_list = true;
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            get(config) = texts;
            return {};
        };
        key.text = [get](const Config& config) {
            std::string text = "[";
            for (const std::string& item : get(const_of(config)))
                text += (text.size() > 1 ? ", " : "") + go_quote(item);
            return text + "]";
        };
    }

    template <class Get>
    void rules(const std::string& path, const std::string& flag, const char* doc, Get get,
               bool may_index) {
        ConfigKey& key = add(path, flag, "list of rules", "", doc);
        key.is_yaml = true;
        key.set = [get, may_index](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_otlp_rules(texts[0], may_index));
            return {};
        };
        key.text = [get](const Config& config) { return otlp_rules_text(get(const_of(config))); };
    }

    template <class Get>
    void retention_rules(const char* path, const char* doc, Get get) {
        ConfigKey& key = add(path, "", "list of rules", "", doc);
        key.is_yaml = true;
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_retention_rules(texts[0]));
            return {};
        };
        key.text = [get](const Config& config) {
            return retention_rules_text(get(const_of(config)));
        };
    }

    /// A value that is YAML itself: `parse` reads it, `print` gives it back in one line.
    template <class Get, class Parse, class Print>
    ConfigKey& yaml(const char* path, const char* type, const char* doc, Get get, Parse parse,
                    Print print) {
        ConfigKey& key = add(path, "", type, "", doc);
        key.is_yaml = true;
        key.set = [get, parse](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse(texts[0]));
            return {};
        };
        key.text = [get, print](const Config& config) { return print(get(const_of(config))); };
        return key;
    }

    template <class Get>
    void time(const std::string& path, const std::string& flag, const char* doc, Get get) {
        ConfigKey& key = add(path, flag, "time", "", doc);
        key.set = [get](Config& config, const KeyTexts& texts) -> Result<void> {
            SKALD_TRY(get(config), parse_config_time(texts[0]));
            return {};
        };
        key.text = [get](const Config& config) { return config_time_text(get(const_of(config))); };
    }

    std::vector<ConfigKey> take() { return std::move(keys_); }

private:
    /// The getters are written once, for a mutable Config; reading through them changes nothing.
    static Config& const_of(const Config& config) { return const_cast<Config&>(config); }

    template <class Get>
    static auto same_value(Get get) {
        return [get](const Config& a, const Config& b) {
            return get(const_of(a)) == get(const_of(b));
        };
    }

    /// The key, to be given its functions.
    ConfigKey& add(const std::string& path, const std::string& flag, const char* type,
                   std::string range, const char* doc);

    std::vector<ConfigKey> keys_;
};

}  // namespace skald
