# SPDX-License-Identifier: Apache-2.0
"""Roots and certificates for 127.0.0.1 in a folder that goes with the test."""
import os
import shutil
import subprocess
import tempfile
import unittest


@unittest.skipUnless(shutil.which("openssl"), "the openssl command is not there")
class CertificateCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.make_root("ca")
        self.make_certificate("server")
        self.make_certificate("client")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder.name, check=True, capture_output=True, timeout=300)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def make_root(self, name):
        """NAME.key and NAME.pem."""
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2",
                     "-subj", f"/CN={name}")

    def make_certificate(self, name, root="ca", subject=None):
        """NAME.key and NAME.pem, which replace older ones."""
        with open(self.path("ext"), "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key.new", "-out", f"{name}.csr",
                     "-subj", f"/CN={subject or name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{root}.pem", "-CAkey", f"{root}.key", "-CAcreateserial",
                     "-out", f"{name}.pem.new", "-days", "2", "-extfile", "ext")
        for part in ("key", "pem"):
            os.rename(self.path(f"{name}.{part}.new"), self.path(f"{name}.{part}"))
