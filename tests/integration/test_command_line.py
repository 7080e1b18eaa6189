# SPDX-License-Identifier: Apache-2.0
"""Flags and configuration errors as a person at a shell sees them."""
import os
import socket
import subprocess
import tempfile
import time
import unittest

from skald_server import PATIENCE, SKALD, SkaldServer


def skald(*arguments, cwd=None):
    return subprocess.run([os.path.abspath(SKALD), *arguments], capture_output=True, text=True, timeout=PATIENCE, cwd=cwd)


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        for flag in ("-help", "--help"):
            done = skald(flag)
            self.assertEqual(done.returncode, 0)
            self.assertIn("-server.http-listen-port", done.stdout)
        self.assertIn("skald, version", skald("-version").stdout)
        self.assertIn("querier", skald("-list-targets").stdout)

    def test_wrong_flags_say_which(self):
        done = skald("-no.such.flag=1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("-no.such.flag: no such flag", done.stderr)

    def test_all_problems_of_a_file_at_once_with_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bad.yaml")
            with open(path, "w") as file:
                file.write("server:\n  http_listen_port: many\n  log_levle: info\nlimits_config:\n  max_line_size: huge\n")
            done = skald("-verify-config", f"-config.file={path}")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{path}:2: server.http_listen_port: must be a whole number", done.stderr)
            self.assertIn(f"{path}:3: server.log_levle: no such key; did you mean server.log_level?", done.stderr)
            self.assertIn(f"{path}:5: limits_config.max_line_size", done.stderr)
            self.assertEqual(skald("-verify-config", "-config.file=config/local.yaml").returncode, 0)
            self.assertIn("no such file", skald(f"-config.file={folder}/none.yaml").stderr)

    def test_a_taken_port_is_a_clear_error(self):
        with SkaldServer() as server, tempfile.TemporaryDirectory() as folder:
            done = skald(f"-common.path-prefix={folder}", "-server.http-listen-address=127.0.0.1",
                         f"-server.http-listen-port={server.port}", cwd=folder)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(server.port), done.stderr)

    def test_two_servers_on_one_folder_is_a_clear_error(self):
        with SkaldServer() as server:
            second = skald(f"-common.path-prefix={server.folder}/data", "-server.http-listen-port=0",
                           "-server.http-listen-address=127.0.0.1")
            self.assertEqual(second.returncode, 1)
            self.assertIn("another process", second.stderr)
            self.assertEqual(server.get("/ready").status, 200)

    def test_starts_on_a_configuration_of_loki(self):
        with open("config/loki-example.yaml") as file:
            with SkaldServer(config=file.read()) as server:
                self.assertEqual(server.get("/ready").status, 200)
                warnings = [line for line in server.log if "mean nothing here" in line]
                self.assertEqual(len(warnings), 1)
                self.assertIn("schema_config.configs", warnings[0])


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def ask(self, *flags, files=None):
        """`files`: how many may be open; None: as many as this process may."""
        limit = ["prlimit", f"--nofile={files}:{files}"] if files else []
        done = subprocess.run([*limit, os.path.abspath(SKALD), "doctor", f"-common.path-prefix={self.folder.name}/data", "-server.http-listen-port=0",
                               "-server.grpc-listen-port=0", *flags],
                              capture_output=True, text=True, timeout=PATIENCE, cwd=self.folder.name)
        return done.returncode, done.stdout + done.stderr

    def test_a_usual_machine_has_no_problem(self):
        status, text = self.ask()
        self.assertEqual(status, 0, text)
        self.assertIn("ok       the configuration can be used", text)
        self.assertIn("0 problems", text)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_nothing_is_left_behind(self):
        for given, path in (((), "data/chunks"), (("data",), "data/chunks"), (("data/wal",), "data/wal")):
            for name in given:
                os.mkdir(os.path.join(self.folder.name, name))
            before = sorted(os.walk(self.folder.name))
            status, text = self.ask()
            self.assertEqual(status, 0, text)
            self.assertEqual(sorted(os.walk(self.folder.name)), before)
            words = f"there is no {self.folder.name}/{path} yet; " if path not in given else f"{self.folder.name}/{path} can be written"
            self.assertIn(words, text)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_folder_that_can_not_be_made(self):
        os.chmod(self.folder.name, 0o755)
        answer = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.abspath(SKALD), "doctor",
                                 f"-common.path-prefix={self.folder.name}/data", "-server.http-listen-port=0", "-server.grpc-listen-port=0"],
                                capture_output=True, text=True, timeout=PATIENCE, cwd="/")
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn(f"PROBLEM  there is no {self.folder.name}/data/chunks yet, and cannot create {self.folder.name}/.skald-doctor",
                      answer.stdout)
        self.assertIn("let the user that Skald runs as make it", answer.stdout)

    def test_what_is_wrong_comes_with_what_to_do(self):
        tokens = os.path.join(self.folder.name, "tokens")
        with open(tokens, "w") as file:
            file.write("tokens: []")
        os.chmod(tokens, 0o644)
        wal = os.path.join(self.folder.name, "data", "wal")
        os.makedirs(wal)
        with open(os.path.join(wal, "x"), "w"):
            pass
        os.utime(os.path.join(wal, "x"), (time.time() + 9000,) * 2)
        for flags, words in ((["-memory.limit=900GB"], "lower memory.limit"), ([f"-auth.file={tokens}"], "chmod 600"),
                             (["-ingester.wal-dir=/proc/no"], "let the user that Skald runs as"), ([], "the clock has gone back"),
                             (["-ingester.generation-memory-bytes=900GB"], "put it right in the configuration")):
            status, text = self.ask(*flags)
            self.assertEqual(status, 1, text)
            self.assertIn("PROBLEM", text)
            self.assertIn(words, text)

    def test_what_the_configuration_names_is_tried(self):
        def write(name, text, mode=0o600):
            path = os.path.join(self.folder.name, name)
            with open(path, "w") as file:
                file.write(text)
            os.chmod(path, mode)
            return path

        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        secret = "ruler: {alertmanager_client: {basic_auth_password: hush}}\n"
        remote = "ruler: {remote_write: {enabled: true}}\n"
        bucket = ("common: {storage: {s3: {endpoint: '127.0.0.1:1', insecure: true, bucketnames: b, region: r, access_key_id: a,"
                  " secret_access_key: s, s3forcepathstyle: true}}}\n")
        for flags, words in (
                (["-runtime-config.file=/nowhere/overrides.yaml"], "/nowhere/overrides.yaml"),
                ([f"-runtime-config.file={write('wrong.yaml', 'overrides: {a: {max_line_sise: 1}}')}"], "did you mean"),
                (["-server.http-tls-cert-path=/nowhere/a.crt", "-server.http-tls-key-path=/nowhere/a.key"], "http_tls_config"),
                (["-server.grpc-tls-cert-path=/nowhere/a.crt", "-server.grpc-tls-key-path=/nowhere/a.key"], "grpc_tls_config"),
                (["-server.grpc-listen-address=127.0.0.1", f"-server.grpc-listen-port={port}"], "choose another port"),
                (["-ruler.storage.type=local", "-ruler.storage.local.directory=/nowhere/rules"], "no folder of rules /nowhere/rules"),
                ([f"-config.file={write('remote.yaml', remote)}"], "remote_write"),
                ([f"-config.file={write('bucket.yaml', bucket)}"], "the bucket can't be used"),
                ([f"-config.file={write('secret.yaml', secret, 0o644)}"], "secret.yaml holds secrets and may be read by others")):
            status, text = self.ask(*flags)
            problems = [line for line in text.splitlines() if line.startswith("PROBLEM")]
            self.assertEqual((status, len(problems)), (1, 1), (flags, text))
            self.assertIn(words, text)
        for flags in ([f"-runtime-config.file={write('right.yaml', 'overrides: {a: {max_line_size: 1}}')}"],
                      [f"-config.file={write('hidden.yaml', secret)}"]):
            status, text = self.ask(*flags)
            self.assertEqual(status, 0, text)

    def test_ports_that_are_the_same_are_a_problem(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]

        def ports(http, admin, grpc, addresses=("127.0.0.1", "127.0.0.1", "127.0.0.1")):
            flags = []
            for part, address, number in zip(("http", "admin", "grpc"), addresses, (http, admin, grpc)):
                flags += [f"-server.{part}-listen-address={address}", f"-server.{part}-listen-port={number}"]
            status, text = self.ask(*flags)
            problems = [line for line in text.splitlines() if line.startswith("PROBLEM")]
            self.assertEqual(status, 1 if problems else 0, text)
            return problems

        both = "PROBLEM  server.{}_listen_port and server.{}_listen_port are both " + str(port)
        self.assertEqual(ports(port, 0, port), [both.format("http", "grpc")])
        self.assertEqual(ports(port, port, 0, ("", "127.0.0.1", "")), [both.format("http", "admin")])
        self.assertEqual(ports(0, port, port, ("", "localhost", "0.0.0.0")), [both.format("admin", "grpc")])
        self.assertEqual(len(ports(port, port, port)), 3)
        self.assertEqual(ports(0, 0, 0), [])
        for one, other in (("127.0.0.1", "127.0.0.2"), ("0.0.0.0", "::1")):
            self.assertNotIn(both.format("http", "grpc"), ports(port, 0, port, (one, "", other)))

    def test_pipes_and_devices_in_place_of_files_are_refused(self):
        pipe = os.path.join(self.folder.name, "pipe")
        os.mkfifo(pipe)
        certificate = [f"-server.http-tls-cert-path={pipe}", f"-server.http-tls-key-path={pipe}"]
        for flags, path in (([f"-runtime-config.file={pipe}"], pipe), (["-runtime-config.file=/dev/zero"], "/dev/zero"),
                            (["-runtime-config.file=/etc"], "/etc"), ([f"-auth.file={pipe}"], pipe), (certificate, pipe),
                            ([f"-config.file={pipe}"], pipe), (["-config.file=/dev/zero"], "/dev/zero")):
            status, text = self.ask(*flags)
            self.assertEqual(status, 1, (flags, text))
            self.assertIn(f"{path}: is not a regular file", text)

    def test_connections_of_http_and_grpc_count_as_open_files(self):
        """Of a gRPC connection that is not encrypted three descriptors are open, else one."""
        limits = ["-server.http-conn-limit=1000", "-server.grpc-conn-limit=500"]
        tls = ["-server.grpc-tls-cert-path=/nowhere/a.crt", "-server.grpc-tls-key-path=/nowhere/a.key"]
        for files, flags, mark, words in ((3524, limits, "ok", ""), (3523, limits, "warning", "allow 3524 "), (2048, limits, "warning", "allow 3524 "),
                                          (2047, limits, "PROBLEM", "allow 3524 "), (2524, limits + tls, "ok", ""),
                                          (2523, limits + tls, "warning", "allow 2524 "), (4000, [], "warning", "allow 29696 ")):
            _, text = self.ask(*flags, files=files)
            found = [line + advice for line, advice in zip(text.splitlines(), text.splitlines()[1:]) if "open files: " in line]
            self.assertEqual(len(found), 1, text)
            self.assertTrue(found[0].startswith(mark), (files, flags, found))
            self.assertIn(words, found[0])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_port_that_needs_rights(self):
        answer = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.abspath(SKALD), "doctor",
                                 f"-common.path-prefix={self.folder.name}", "-server.http-listen-port=0", "-server.grpc-listen-port=81"],
                                capture_output=True, text=True, timeout=PATIENCE, cwd="/")
        self.assertIn("CAP_NET_BIND_SERVICE", answer.stdout + answer.stderr)


if __name__ == "__main__":
    unittest.main()
