# SPDX-License-Identifier: Apache-2.0
"""A real S3 service on loopback, where one is installed: OpenStack Swift with its S3 API, of Debian's packages
swift-proxy swift-object swift-container swift-account and memcached (`./dev test` installs them)."""
import configparser
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

PROGRAMS = ["swift-proxy-server", "swift-object-server", "swift-container-server", "swift-account-server",
            "swift-ring-builder", "memcached"]
KEY, SECRET, REGION = "loki:test", "s3secret", "us-east-1"
SWIFT_CONF = "/etc/swift/swift.conf"
START_SECONDS_MAX = 300
# Of one node there is no other copy: on a busy machine the defaults (half a second for a connection, a minute without the
# node after ten errors, a second for an object to be listed) answer 503, or forget an object, for longer than a client may
# be expected to wait.
PATIENT = {"conn_timeout": "30", "node_timeout": "60", "container_update_timeout": "60"}


def missing():
    """Why there is none, or None."""
    lacking = [program for program in PROGRAMS if not shutil.which(program)]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    if not os.path.exists(SWIFT_CONF) and os.geteuid() != 0:
        return f"{SWIFT_CONF} is not there and only root can make it"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path, sections):
    config = configparser.RawConfigParser()
    config.read_dict(sections)
    with open(path, "w") as file:
        config.write(file)


class Swift:
    """`with Swift() as s3:` serves on s3.port."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="skald-swift-")
        self.processes = []
        self.port = free_port()

    def __enter__(self):
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        if not os.path.exists(SWIFT_CONF):
            os.makedirs(os.path.dirname(SWIFT_CONF), exist_ok=True)
            write(SWIFT_CONF, {"swift-hash": {"swift_hash_path_suffix": "ci", "swift_hash_path_prefix": "ci"},
                               "storage-policy:0": {"name": "default", "default": "yes"}})
        os.makedirs(f"{self.folder}/srv/d1")
        cache = free_port()
        self.run(["memcached", "-l", "127.0.0.1", "-p", str(cache), "-m", "64", "-u", user])
        common = {"bind_ip": "127.0.0.1", "workers": "0", "user": user, "swift_dir": self.folder, "log_level": "WARNING"}
        for name in ("account", "container", "object"):
            self.start_backend(name, common)
        filters = ["catch_errors", "gatekeeper", "healthcheck", "cache", "listing_formats", "bulk", "s3api", "tempauth",
                   "copy", "slo", "dlo", "versioned_writes"]
        sections = {"DEFAULT": {**common, "bind_port": self.port}, "pipeline:main": {"pipeline": " ".join(filters) + " proxy-server"}}
        for name in filters:
            sections[f"filter:{name}"] = {"use": f"egg:swift#{'memcache' if name == 'cache' else name}"}
        sections["filter:cache"]["memcache_servers"] = f"127.0.0.1:{cache}"
        sections["filter:s3api"]["location"] = REGION
        sections["filter:tempauth"]["user_loki_test"] = f"{SECRET} .admin"
        sections["app:proxy-server"] = {"use": "egg:swift#proxy", "account_autocreate": "true", "allow_account_management": "true",
                                        "recoverable_node_timeout": "60", "error_suppression_limit": "1000000", **PATIENT}
        write(f"{self.folder}/proxy.conf", sections)
        self.run(["swift-proxy-server", f"{self.folder}/proxy.conf"])
        self.wait()
        return self

    def start_backend(self, name, common):
        port = free_port()
        ring = f"{self.folder}/{name}.builder"
        for arguments in (["create", "4", "1", "0"],
                          ["add", "--region", "1", "--zone", "1", "--ip", "127.0.0.1", "--port", str(port), "--device", "d1",
                           "--weight", "1"], ["rebalance"]):
            subprocess.run(["swift-ring-builder", ring, *arguments], stdout=subprocess.DEVNULL, check=True)
        write(f"{self.folder}/{name}.conf", {
            "DEFAULT": {**common, "bind_port": port, "devices": f"{self.folder}/srv", "mount_check": "false",
                        "disable_fallocate": "true", "fallocate_reserve": "0"},
            "pipeline:main": {"pipeline": f"{name}-server"}, f"app:{name}-server": {"use": f"egg:swift#{name}", **PATIENT}})
        self.run([f"swift-{name}-server", f"{self.folder}/{name}.conf"])

    def run(self, command):
        log = open(f"{self.folder}/log", "a")
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        log.close()

    def wait(self):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthcheck", timeout=30):
                    return
            except OSError:
                time.sleep(0.1)
        with open(f"{self.folder}/log") as log:
            raise RuntimeError("Swift did not start:\n" + log.read()[-4000:])

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_bucket(self, name):
        """With curl's own signatures, which are not ours."""
        subprocess.run(["curl", "-fsS", "--aws-sigv4", f"aws:amz:{REGION}:s3", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "-X", "PUT",
                        f"http://{KEY.replace(':', '%3A')}:{SECRET}@127.0.0.1:{self.port}/{name}"], check=True,
                       stdout=subprocess.DEVNULL)
