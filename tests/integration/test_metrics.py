# SPDX-License-Identifier: Apache-2.0
"""/metrics has what the dashboards and alerts of Loki's mixin read, with its labels."""
import re
import unittest

from skald_server import SkaldServer, now_ns, wait_for
from test_tail import BareTail

# Names and labels (le aside) of those that there must be once lines were pushed, asked for, tailed and flushed. (What rules
# add is in test_ruler.py.)
NAMES = {
    "loki_request_duration_seconds_bucket": "method route status_code ws",
    "loki_request_message_bytes_bucket": "method route",
    "loki_response_message_bytes_bucket": "method route",
    "loki_inflight_requests": "method route",
    "loki_panic_total": "",
    "loki_build_info": "branch revision version",
    "loki_tcp_connections": "protocol",
    "loki_tcp_connections_limit": "protocol",
    "loki_log_messages_total": "level",
    "loki_distributor_bytes_received_total": "format is_internal_stream policy retention_hours tenant",
    "loki_distributor_lines_received_total": "format is_internal_stream policy tenant",
    "loki_distributor_structured_metadata_bytes_received_total": "format is_internal_stream policy retention_hours tenant",
    "loki_distributor_ingester_appends_total": "ingester",
    "loki_distributor_ingester_append_failures_total": "ingester",
    "loki_discarded_samples_total": "format policy reason retention_hours tenant",
    "loki_discarded_bytes_total": "format policy reason retention_hours tenant",
    "loki_bytes_per_line_bucket": "",
    "loki_ingester_memory_streams": "tenant",
    "loki_ingester_streams_created_total": "tenant",
    "loki_ingester_memory_chunks": "",
    "loki_ingester_flush_queue_length": "",
    "loki_ingester_chunks_created_total": "",
    "loki_ingester_chunks_flushed_total": "reason",
    "loki_ingester_chunks_stored_total": "tenant",
    "loki_ingester_chunk_stored_bytes_total": "tenant",
    "loki_ingester_chunk_utilization_bucket": "",
    "loki_ingester_chunk_age_seconds_bucket": "",
    "loki_ingester_chunk_size_bytes_bucket": "",
    "loki_ingester_chunk_entries_bucket": "",
    "loki_ingester_chunk_bounds_hours_bucket": "",
    "loki_chunk_store_index_entries_per_chunk_bucket": "",
    "loki_index_request_duration_seconds_bucket": "component operation status_code",
    "loki_objstore_bucket_operations_total": "bucket operation",
    "loki_objstore_bucket_operation_failures_total": "bucket operation",
    "loki_objstore_bucket_operation_duration_seconds_bucket": "bucket operation",
    "loki_objstore_bucket_last_successful_upload_time": "bucket",
    "loki_ring_members": "name state",
    "loki_runtime_config_hash": "config sha256",
    "loki_runtime_config_last_reload_successful": "",
    "loki_cache_hits": "name",
    "loki_cache_fetched_keys": "name",
    "loki_embeddedcache_entries": "cache",
    "loki_embeddedcache_memory_bytes": "cache",
    "loki_boltdb_shipper_compactor_running": "",
    "loki_boltdb_shipper_compact_tables_operation_total": "status",
    "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds": "",
    "loki_boltdb_shipper_compact_tables_operation_duration_seconds": "",
    "loki_compactor_apply_retention_operation_total": "status",
    "loki_compactor_apply_retention_last_successful_run_timestamp_seconds": "",
    "loki_compactor_apply_retention_operation_duration_seconds": "",
    "loki_compactor_pending_delete_requests_count": "",
    "loki_compactor_oldest_pending_delete_request_age_seconds": "",
    "loki_compactor_load_pending_requests_attempts_total": "status",
}


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = SkaldServer()
        overrides = f"{cls.server.folder}/overrides.yaml"
        with open(overrides, "w") as file:
            file.write("overrides: {}\n")
        cls.server.config = (f"runtime_config: {{file: {overrides}}}\nauth_enabled: false\n"
                             "compactor: {compaction_interval: 1s}\nlimits_config: {max_line_size: 1KB}\n")
        cls.server.start()
        cls.start = now_ns()
        lines = [(cls.start + i, f"line {i} " + "x" * i, {"m": "1"}) for i in range(100)]
        answer = cls.server.push([({"app": "a"}, lines), ({"app": "b"}, lines)])
        assert answer.status == 204, answer.text
        assert cls.server.push([({"app": "a"}, [(now_ns(), "x" * 2000)])]).status == 400
        with BareTail(cls.server, '{app="a"}') as tail:
            tail.message()
        cls.server.flush()
        assert cls.server.lines('{app="a"}', cls.start, now_ns())
        cls.server.get("/loki/api/v1/series", {"match[]": '{app="b"}'})
        cls.server.get("/nothing-of-this-name")
        wait_for("a run of the compactor", lambda: re.search(r'^loki_compactor_apply_retention_operation_total{status="success"} [1-9]',
                                                             cls.server.get("/metrics").text, re.M))
        # Some of the ingester are set once a second.
        wait_for("metrics of blocks", lambda: re.search(r"^loki_ingester_chunks_created_total [1-9]", cls.server.get("/metrics").text, re.M))
        cls.text = cls.server.get("/metrics").text

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def value(self, metric, **labels):
        """The sum of the series with these labels."""
        found = [line for line in re.findall(rf"^{metric}(?:{{.*}})? \S+$", self.text, re.M)
                 if all(f'{key}="{value}"' in line for key, value in labels.items())]
        self.assertTrue(found, (metric, labels))
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)

    def test_the_names_are_there_with_their_labels(self):
        missing = []
        for name, labels in NAMES.items():
            series = re.findall(rf"^{name}(?:{{(.*)}})? \S+$", self.text, re.M)
            found = {" ".join(sorted(set(re.findall(r'(\w+)="', each)) - {"le"})) for each in series}
            if found != {labels}:
                missing.append((name, labels, found))
        self.assertEqual(missing, [])

    def test_blocks(self):
        self.assertEqual(self.value("loki_ingester_chunk_entries_sum"), 200)
        blocks = self.value("loki_ingester_chunk_entries_count")
        for name in ("utilization", "age_seconds", "size_bytes", "bounds_hours"):
            self.assertEqual(self.value(f"loki_ingester_chunk_{name}_count"), blocks)
        self.assertEqual(self.value("loki_ingester_chunks_stored_total", tenant="fake"), blocks)
        self.assertEqual(self.value("loki_ingester_chunks_flushed_total", reason="forced"), blocks)
        self.assertGreaterEqual(self.value("loki_ingester_chunks_created_total"), blocks)
        stored = self.value("loki_ingester_chunk_stored_bytes_total", tenant="fake")
        self.assertEqual(self.value("loki_ingester_chunk_size_bytes_sum"), stored)
        self.assertGreater(stored, 100)
        self.assertEqual(self.value("loki_chunk_store_index_entries_per_chunk_sum"), 2)
        self.assertLess(self.value("loki_ingester_chunk_age_seconds_sum"), 60 * blocks)
        self.assertGreater(self.value("loki_ingester_chunk_utilization_sum"), 0)

    def test_requests(self):
        self.assertEqual(self.value("loki_request_duration_seconds_count", route="loki_api_v1_tail", ws="true", status_code="101"), 1)
        self.assertEqual(self.value("loki_request_duration_seconds_count", route="loki_api_v1_push", ws="false"), 2)
        self.assertEqual(self.value("loki_request_duration_seconds_count", route="notfound", status_code="404"), 1)
        self.assertEqual(self.value("loki_request_message_bytes_count", route="loki_api_v1_push"), 2)
        self.assertGreater(self.value("loki_request_message_bytes_sum", route="loki_api_v1_push"), 10_000)
        self.assertGreater(self.value("loki_response_message_bytes_sum", route="loki_api_v1_query_range"), 5_000)

    def test_the_rest(self):
        self.assertEqual(self.value("loki_bytes_per_line_count"), 201)
        self.assertEqual(self.value("loki_bytes_per_line_sum"), 2 * sum(len(f"line {i} ") + i for i in range(100)) + 2000)
        self.assertEqual(self.value("loki_bytes_per_line_bucket", le="512"), 200)
        self.assertEqual(self.value("loki_ring_members", name="ingester", state="ACTIVE"), 1)
        self.assertEqual(self.value("loki_runtime_config_hash"), 1)
        self.assertGreater(self.value("loki_log_messages_total", level="info"), 1)
        self.assertGreater(self.value("loki_tcp_connections_limit", protocol="http"), 1000)
        self.assertGreaterEqual(self.value("loki_objstore_bucket_operations_total", operation="upload", bucket=""), 1)
        self.assertEqual(self.value("loki_objstore_bucket_operation_failures_total"), 0)
        self.assertGreaterEqual(self.value("loki_index_request_duration_seconds_count", operation="index_chunk", status_code="200"), 1)
        self.assertGreaterEqual(self.value("loki_index_request_duration_seconds_count", operation="GetChunkRefs", status_code="200"), 1)


if __name__ == "__main__":
    unittest.main()
