# SPDX-License-Identifier: Apache-2.0
"""The operator's tools on the folder of a real server: what they say is so, and what they make works."""
import glob
import json
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from skald_server import PATIENCE, SKALD, SkaldServer, now_ns, wait_for

SECOND = 10**9
EAGER = ["-compactor.compaction-interval=200ms", "-compactor.merge-segments=3", "-compactor.retention-delete-delay=0s",
         "-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]


def tool(*arguments, status=0, timeout=PATIENCE):
    done = subprocess.run([SKALD, *arguments], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def fill(server, batches=4, lines=300):
    """Pushes and flushes; the lines of {env="x"} in order."""
    start = now_ns() - 600 * SECOND
    sent = []
    for batch in range(batches):
        values = [(start + (batch * lines + i) * SECOND // 100, f"batch {batch} line {i} needle{i % 7}",
                   {"trace": f"t{i % 50}", "odd": "ü\" \\ \n"}) for i in range(lines)]
        answer = server.push([({"app": "a", "env": "x"}, values[::2]), ({"app": "b", "env": "x"}, values[1::2])])
        assert answer.status == 204, answer.text
        sent += [(value[0], value[1]) for value in values]
        server.flush()
    return start, sorted(sent)


def flip(path, offset, bit=0):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1 << bit]))


class Tools(unittest.TestCase):
    def test_check_finds_single_bits_of_damage_and_says_where(self):
        with SkaldServer(["-ingester.block-filters=true"]) as server:
            start, _ = fill(server)
            refused = tool("check", f"{server.folder}/data", status=2)
            self.assertIn("a server runs on", refused)
            self.assertIn("nothing is damaged", tool("check", "-running", f"{server.folder}/data"))
            self.assertEqual(server.request("POST", "/loki/api/v1/delete", params={
                "query": '{app="a"}', "start": str(start // SECOND)}).status, 204)
            self.assertEqual(server.push([({"app": "c"}, [(start, "in the log only")])]).status, 204)
            server.kill()
            data = f"{server.folder}/data"
            for deep in ([], ["-deep"]):
                report = tool("check", *deep, data)
                self.assertIn("4 segments", report)
                self.assertIn("1200 lines", report)
                self.assertIn("1 delete requests", report)
                self.assertIn("nothing is damaged", report)
            segment = sorted(glob.glob(f"{data}/chunks/segments/*.seg"))[0]
            size = os.path.getsize(segment)
            for path, offset, what in ((segment, 100, "column"), (segment, size - 40, "footer"), (segment, size - 3, "footer"),
                                       (glob.glob(f"{data}/chunks/deletes/*/*.del")[0], 20, "one of its two copies")):
                flip(path, offset)
                report = tool("check", data, status=1)
                self.assertIn(f"damaged: {os.path.relpath(path, data + '/chunks')}", report)
                self.assertIn(what, report)
                flip(path, offset)
            self.assertIn("nothing is damaged", tool("check", "-deep", data))
            before = sorted((os.path.relpath(name, data), os.path.getsize(name), os.path.getmtime(name))
                            for name in glob.glob(f"{data}/*/**", recursive=True) if os.path.isfile(name))
            tool("check", "-deep", data)
            after = sorted((os.path.relpath(name, data), os.path.getsize(name), os.path.getmtime(name))
                           for name in glob.glob(f"{data}/*/**", recursive=True) if os.path.isfile(name))
            self.assertEqual(before, after, "a check changes nothing")
            self.assertIn("no such folder", tool("check", f"{server.folder}/nothing", status=2))

    def test_check_tells_of_a_single_bit_in_every_kind_of_file(self):
        chance = random.Random(4)
        with SkaldServer(["-ingester.block-filters=true", "-pattern-ingester.enabled=true"]) as server:
            start, _ = fill(server, 2)
            server.stop()
            server.start()
            fill(server, 1)
            self.assertEqual(server.push([({"app": "c"}, [(start, "in the log only")])]).status, 204)
            server.kill()
            data = f"{server.folder}/data"
            whole = tool("check", "-deep", data)
            self.assertIn("nothing is damaged", whole)
            segment = glob.glob(f"{data}/chunks/segments/*.seg")[0]
            places = [(segment, at) for at in range(16)]
            texts = ("LOG", "OPTIONS", "IDENTITY", "LOCK")
            files = [segment, *glob.glob(f"{data}/wal/*"), f"{data}/patterns/patterns.skpt",
                     *(path for path in glob.glob(f"{data}/catalog/*") if not os.path.basename(path).startswith(texts))]
            # What RocksDB was about to make when it was killed belongs to nothing.
            files = [path for path in files if f"note: {path}: it is in no manifest" not in whole]
            for kind in (".seg", ".wal", "instance", ".skpt", ".sst", ".log", "CURRENT"):
                self.assertTrue(any(path.endswith(kind) and os.path.getsize(path) for path in files), kind)
            for path in files:
                size = os.path.getsize(path)
                places += [(path, chance.randrange(size)) for _ in range(8 if size else 0)]
            for path, at in places:
                bit = chance.randrange(8)
                flip(path, at, bit)
                done = subprocess.run([SKALD, "check", "-deep", data], capture_output=True, text=True, timeout=PATIENCE)
                flip(path, at, bit)
                # The end of a log may be one that a power cut left.
                is_told = done.returncode == 1 or (path.endswith((".wal", ".log")) or "MANIFEST" in path) and f"note: {path}" in done.stdout
                self.assertTrue(is_told, (path, at, bit, done.stdout, done.stderr))
            self.assertIn("nothing is damaged", tool("check", "-deep", data))

    def test_inspect_shows_what_a_segment_and_a_log_hold(self):
        with SkaldServer(["-ingester.block-filters=true", "-ingester.chunk-encoding=snappy"]) as server:
            start, sent = fill(server, 1)
            self.assertEqual(server.push([({"app": "c"}, [(start, "in the log only")])]).status, 204)
            data = f"{server.folder}/data"
            segment = glob.glob(f"{data}/chunks/segments/*.seg")[0]
            self.assertIn("lines: 300", tool("inspect", segment))
            found = json.loads(tool("inspect", "-json", "-all", segment))
            region = found["region"][0]
            self.assertEqual((found["kind"], found["level"], region["lines"]), ("segment", 0, 300))
            total = found["total"]
            self.assertEqual((total["tenants"], total["regions"], total["lines"]), (1, len(found["region"]), 300))
            self.assertEqual(total["line_bytes"], sum(len(line) for _, line in sent))
            # Each column: its blocks together, and all of them are what lies before the filters.
            for number, column in enumerate(region["column"]):
                for size in ("stored_bytes", "raw_bytes"):
                    self.assertEqual(column[size], sum(block["column"][number][size] for block in region["block"]))
            self.assertEqual([column["name"] for column in region["column"]], ["times", "offsets", "levels", "metadata", "text"])
            self.assertEqual(sum(block["stored_bytes"] for block in region["block"]),
                             sum(column["stored_bytes"] for column in region["column"]))
            self.assertGreater(region["filter_stored_bytes"], 0)
            self.assertGreater(sum(block["filter_bytes"] for block in region["block"]), 0)
            self.assertGreaterEqual(region["filter_raw_bytes"], sum(block["filter_bytes"] for block in region["block"]))
            lines = []
            for block in region["block"]:
                rows = json.loads(tool("inspect", "-json", f"-block={block['at']}", segment))
                self.assertEqual({name: rows[name] for name in block}, block)
                text = rows["column"][4]
                self.assertEqual((text["codec"], text["raw_bytes"]), ("snappy", rows["line_bytes"] + rows["lines"]))
                self.assertLess(text["stored_bytes"], text["raw_bytes"])
                found_values = {each["name"]: each["values"] for each in rows["dictionary"]}
                entries = [entry for stream in rows["stream"] for entry in stream["entry"]]
                self.assertEqual(found_values, {"detected_level": 1, "odd": 1,
                                                "trace": len({entry["trace"] for entry in entries})})
                lines += [entry["line"] for entry in entries]
            self.assertEqual(sorted(lines), sorted(line for _, line in sent))
            log = json.loads(tool("inspect", "-json", "-all", glob.glob(f"{data}/wal/*.wal")[0]))
            self.assertEqual(log["records"], len(log["record"]))
            self.assertEqual(log["record"][0]["stream"][0]["entry"][0]["line"], "in the log only")
            self.assertIn("not a segment", tool("inspect", f"{server.folder}/config.yaml", status=2))
            self.assertIn("skald inspect", tool("--help"))

    def test_inspect_shows_what_small_files_hold_and_that_they_are_damaged(self):
        group = ('name: g\ninterval: 1s\nrules: [{alert: Many, expr: \'sum(count_over_time({env="x"}[1h])) > 1\', '
                 'labels: {severity: page}}]')
        with SkaldServer(["-pattern-ingester.enabled=true"]) as server:
            fill(server, 1)
            self.assertEqual(server.request("POST", "/loki/api/v1/rules/ns", group).status, 202)
            server.request("POST", "/loki/api/v1/delete", params={"query": '{app="q"} |= "x"', "start": "1700000000"})
            wait_for("an alert", lambda: server.get("/prometheus/api/v1/alerts").json["data"]["alerts"])
            server.stop()
            data = f"{server.folder}/data"

            def shown(path):
                return json.loads(tool("inspect", "-json", path))
            request = glob.glob(f"{data}/chunks/deletes/*/*.del")[0]
            found = shown(request)
            self.assertEqual((found["kind"], found["copies"], found["query"]), ("delete request", "whole", '{app="q"} |= "x"'))
            self.assertIn("query: {app=\"q\"} |= \"x\"", tool("inspect", request))
            patterns = f"{data}/patterns/patterns.skpt"
            found = shown(patterns)
            self.assertEqual((found["kind"], found["checksum"], found["tenants"]), ("saved patterns", "right", 1))
            self.assertEqual((found["tenant"][0]["name"], found["tenant"][0]["streams"]), ("fake", 2))
            self.assertGreater(found["tenant"][0]["patterns"], 0)
            alerts = f"{data}/alerts.state"
            found = shown(alerts)
            self.assertEqual((found["checksum"], found["rule"][0]["namespace"], found["rule"][0]["group"]), ("right", "ns", "g"))
            alert = found["rule"][0]["alert"][0]
            self.assertEqual((alert["alertname"], alert["severity"], alert["state"]), ("Many", "page", "firing"))
            rules = f"{data}/rules/fake/ns"
            self.assertEqual(shown(rules)["seal"], "right")
            instance = f"{data}/wal/instance"
            self.assertEqual(shown(instance)["lines"], "whole")
            self.assertIn(shown(instance)["name"], os.path.basename(glob.glob(f"{data}/chunks/segments/*.seg")[0]))
            for path, name, word in ((request, "copies", "damaged"), (patterns, "checksum", "damaged"), (alerts, "checksum", "damaged"),
                                     (rules, "seal", "damaged"), (instance, "lines", "damaged")):
                flip(path, os.path.getsize(path) - 2)
                self.assertIn(word, shown(path)[name], path)

    def test_a_rebuilt_catalog_gives_the_same_answers(self):
        with SkaldServer(EAGER) as server:
            start, sent = fill(server, 5)

            def answers():
                end = start + 700 * SECOND
                return (server.lines('{env="x"}', start, end),
                        sorted(json.dumps(each, sort_keys=True) for each in server.query_range(
                            'sum by (app) (count_over_time({env="x"} |= "needle3" [10s]))', start, end, step="10s")),
                        server.get("/loki/api/v1/labels", {"start": start, "end": end}).json["data"],
                        server.get("/loki/api/v1/index/stats", {"query": '{env="x"}', "start": start, "end": end}).json)
            before = answers()
            self.assertIn(sent[0], before[0])
            self.assertIn("a server runs on", tool("catalog", "rebuild", f"{server.folder}/data", status=2))
            server.kill()
            # The inputs of a merge, before they are removed or after it; and a half written object.
            data = f"{server.folder}/data"
            with open(f"{data}/chunks/.tmp/7", "w") as file:
                file.write("half")
            done = tool("catalog", "rebuild", data)
            self.assertIn("the former one is", done)
            self.assertIn("nothing is damaged", tool("check", "-deep", data))
            server.flags = []
            server.start()
            self.assertEqual(answers()[:3], before[:3])

    def test_a_snapshot_under_load_has_every_line_that_was_acknowledged_before_it(self):
        many = ["-validation.max-entries-limit=0"]  # A fast machine pushes more than the usual limit.
        with SkaldServer(EAGER) as server:
            start, sent = fill(server, 2)
            stop = threading.Event()
            acknowledged = list(sent)

            def push():
                number = 0
                while not stop.is_set():
                    line = (start + 60 * SECOND + number * 1000, f"load {number}")
                    if server.push([({"app": "load", "env": "x"}, [line])]).status == 204:
                        acknowledged.append(line)
                    number += 1
                    if number % 20 == 0:
                        server.flush()
            pusher = threading.Thread(target=push)
            pusher.start()
            try:
                for turn in range(3):
                    time.sleep(0.5)
                    before = len(acknowledged)
                    target = f"{server.folder}/copy{turn}/data"
                    os.makedirs(os.path.dirname(target))
                    tool("snapshot", f"-data={server.folder}/data", f"-url=http://127.0.0.1:{server.port}", target)
                    self.assertIn("nothing is damaged", tool("check", "-deep", target))
                    with SkaldServer(many, folder=os.path.dirname(target)) as copy:
                        shown = copy.lines('{env="x"}', start, now_ns(), limit=10**6)
                        self.assertEqual(len(shown), len(set(shown)))
                        self.assertEqual(set(acknowledged[:before]) - set(shown), set())
            finally:
                stop.set()
                pusher.join()
            self.assertIn("is there already", tool("snapshot", f"-data={server.folder}/data", target, status=2))

    def test_a_snapshot_of_a_stopped_server_has_the_log_and_the_delete_requests(self):
        with SkaldServer() as server:
            start, sent = fill(server, 1)
            fresh = (start + 90 * SECOND, "in the log only")
            self.assertEqual(server.push([({"app": "a", "env": "x"}, [fresh])]).status, 204)
            self.assertEqual(server.request("POST", "/loki/api/v1/delete", params={
                "query": '{env="x"} |= "needle3"', "start": str(start // SECOND)}).status, 204)
            server.kill()
            tool("snapshot", f"-data={server.folder}/data", f"{server.folder}/copy/data")
            with SkaldServer(folder=f"{server.folder}/copy") as copy:
                self.assertEqual(copy.lines('{env="x"}', start, now_ns()),
                                 sorted([line for line in sent if "needle3" not in line[1]] + [fresh]))

    def test_export_and_import_move_lines_with_their_metadata_once_also_when_interrupted(self):
        with SkaldServer(EAGER) as server, SkaldServer(EAGER) as other:
            start, sent = fill(server, 20, 1000)
            # Many lines of one time, at the end of a page and across it.
            same = [(start + 10**9 * 300, f"same {i}", {}) for i in range(3000)]
            self.assertEqual(server.push([({"app": "a", "env": "x"}, same)]).status, 204)
            output = f"{server.folder}/lines.json"
            arguments = ["export", f"-url=http://127.0.0.1:{server.port}", '-query={env="x"}', f"-output={output}",
                         "-start=" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start // SECOND - 1)),
                         "-end=" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start // SECOND + 700))]
            for pause in (0.02, 0.1, 0.2):
                started = subprocess.Popen([SKALD, *arguments], stdout=subprocess.DEVNULL)
                time.sleep(pause)
                started.send_signal(signal.SIGKILL)
                started.wait()
            if not os.path.exists(output + ".state") and os.path.exists(output):
                os.remove(output)
            self.assertIn("23000 lines in", tool(*arguments))
            self.assertFalse(os.path.exists(output + ".state"))
            with open(output) as file:
                exported = [json.loads(line) for line in file]
            self.assertEqual(len({json.dumps(line, sort_keys=True) for line in exported}), 23000)
            self.assertEqual([line["time"] for line in exported], sorted(line["time"] for line in exported))
            self.assertEqual(sorted((int(line["time"]), line["line"]) for line in exported),
                             sorted(sent + [line[:2] for line in same]))
            self.assertEqual(exported[0]["metadata"]["odd"], "ü\" \\ \n")
            self.assertIn("is there already", tool(*arguments, status=2))

            for pause in (0.02, 0.1):
                started = subprocess.Popen([SKALD, "import", f"-url=http://127.0.0.1:{other.port}", output],
                                           stdout=subprocess.DEVNULL)
                time.sleep(pause)
                started.send_signal(signal.SIGKILL)
                started.wait()
            self.assertIn("23000 lines pushed", tool("import", f"-url=http://127.0.0.1:{other.port}", output))
            again = output + ".again"
            tool(*[each.replace(str(server.port), str(other.port)).replace(output, again) for each in arguments])
            with open(again) as file:
                self.assertEqual(sorted(json.dumps(json.loads(line), sort_keys=True) for line in file),
                                 sorted(json.dumps(line, sort_keys=True) for line in exported))
            wrong = [each if not each.startswith("-query") else "-query={env=" for each in arguments]
            self.assertIn("400", tool(*[each.replace(output, output + ".x") for each in wrong], status=2))

    def test_an_export_keeps_to_the_limits_of_the_server(self):
        limits = ["-store.max-query-length=25h", "-validation.max-entries-limit=70"]
        with SkaldServer(limits) as server:
            now = now_ns()
            sent = [(now - hour * 3600 * SECOND, f"line {hour}") for hour in range(160, 0, -1)]
            sent += [(now - 7 * SECOND, f"same {i}") for i in range(30)]
            self.assertEqual(server.push([({"app": "a"}, sent)]).status, 204)
            output = f"{server.folder}/lines.json"
            arguments = ["export", f"-url=http://127.0.0.1:{server.port}", '-query={app="a"}', f"-output={output}",
                         "-start=" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now // SECOND - 90 * 86400)),
                         "-end=" + time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now // SECOND + 1))]
            self.assertIn("190 lines in", tool(*arguments))
            with open(output) as file:
                self.assertEqual(sorted((int(line["time"]), line["line"]) for line in map(json.loads, file)), sorted(sent))
            # With more lines of one time than a page may have there is no way on.
            self.assertEqual(server.push([({"app": "a"}, [(now - SECOND, f"many {i}") for i in range(80)])]).status, 204)
            os.remove(output)
            self.assertIn("lines have the time", tool(*arguments, status=2))

    def test_what_is_wrong_with_the_arguments_is_said(self):
        for arguments, what in ((["check", "-nonsense"], "no such flag of skald check"), (["inspect"], "missing"),
                                (["catalog"], "only skald catalog rebuild"), (["check", "a", "b"], "too many"),
                                (["export"], "needs -query")):
            self.assertIn(what, tool(*arguments, status=2))


if __name__ == "__main__":
    unittest.main()
