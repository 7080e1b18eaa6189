// SPDX-License-Identifier: Apache-2.0
#include "config_keys.h"

#include "key_sections.h"
#include "key_table.h"

namespace skald {

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = [] {
        KeyTable table;
        add_server_keys(table);
        add_grpc_keys(table);
        add_tls_keys(table);
        add_place_keys(table);
        add_object_store_keys(table);
        add_ingester_keys(table);
        add_pattern_keys(table);
        add_compactor_keys(table);
        add_ruler_keys(table);
        add_receiver_keys(table);
        add_memory_keys(table);
        add_runtime_keys(table);
        add_write_limits(table);
        add_policy_limits(table);
        add_otlp_limits(table);
        add_pattern_limits(table);
        add_read_limits(table);
        add_retention_limits(table);
        add_query_size_limits(table);
        return table.take();
    }();
    return keys;
}

const ConfigKey* find_config_key(std::string_view path) {
    for (const ConfigKey& key : config_keys())
        if (key.path == path) return &key;
    return nullptr;
}

}  // namespace skald
