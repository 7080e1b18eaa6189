// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace skald {

class KeyTable;

/// Each adds the keys of its part of the configuration; their order is that of the documentation.
void add_server_keys(KeyTable& t);
void add_grpc_keys(KeyTable& t);
void add_tls_keys(KeyTable& t);
void add_place_keys(KeyTable& t);
void add_object_store_keys(KeyTable& t);
void add_ingester_keys(KeyTable& t);
void add_pattern_keys(KeyTable& t);
void add_compactor_keys(KeyTable& t);
void add_ruler_keys(KeyTable& t);
void add_receiver_keys(KeyTable& t);
void add_memory_keys(KeyTable& t);
void add_runtime_keys(KeyTable& t);
void add_write_limits(KeyTable& t);
void add_policy_limits(KeyTable& t);
void add_otlp_limits(KeyTable& t);
void add_pattern_limits(KeyTable& t);
void add_read_limits(KeyTable& t);
void add_retention_limits(KeyTable& t);
void add_query_size_limits(KeyTable& t);

}  // namespace skald
