// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <skald/foundation/base/result.h>
#include <skald/foundation/config/config.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace skald {

/// One key of the configuration: the only place that knows it.
struct ConfigKey {
    std::string path;   ///< Dotted, as in the file: "server.http_listen_port".
    std::string flag;   ///< Without the dash; empty if it has none.
    std::string type;   ///< For people: "duration", "bytes", "text", …
    std::string range;  ///< For people: "1 … 65535"; empty if anything goes.
    std::string doc;
    bool is_list = false;
    /// `set` gets the value as it is in the file: YAML in one line.
    bool is_yaml = false;
    bool is_boolean = false;
    /// Of a YAML value that was taken: its settings that mean nothing here. Null: there are none.
    std::function<std::vector<std::string>(const std::string& yaml)> unused;
    /// Sets the value from its texts (one, unless it is a list). Errors: kInvalidArgument, what is
    /// wrong with it.
    std::function<Result<void>(Config&, const std::vector<std::string>&)> set;
    /// The value as YAML text, in one line.
    std::function<std::string(const Config&)> text;
    /// Of a value with secrets, which `text` masks: whether two are the same. Else empty.
    std::function<bool(const Config&, const Config&)> same_secret;

    bool is_same(const Config& a, const Config& b) const {
        return same_secret ? same_secret(a, b) : text(a) == text(b);
    }
};

/// All keys, by section in the order of the documentation. Threading: immutable.
const std::vector<ConfigKey>& config_keys();
/// Null if there is no such key.
const ConfigKey* find_config_key(std::string_view path);

}  // namespace skald
