# SPDX-License-Identifier: Apache-2.0
"""A small S3 service in this process: one bucket in memory that verifies signatures and payloads, and fails on demand."""
import datetime
import hashlib
import hmac
import http.server
import re
import ssl
import threading
import urllib.parse
import xml.sax.saxutils

KEY, SECRET, REGION, BUCKET = "skald", "s3cr3t/+", "us-east-1", "logs"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def quote(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


class Refusal(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class S3Stub:
    """`with S3Stub() as s3:` serves on s3.port, by HTTPS if it is given files of a certificate and its key. `s3.fault` is asked about each request (method, key): a status to fail with, or None."""

    def __init__(self, certificate=None, key=None):
        self.objects, self.uploads, self.log = {}, {}, []
        self.lock = threading.Lock()
        self.fault = lambda method, key: None
        self.page = 1000
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                stub.serve(self)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # Clients are killed while they talk.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            # The handshake is the business of the connection's thread.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def count(self, method):
        with self.lock:
            return sum(1 for entry in self.log if entry[0] == method)

    def keys(self, prefix=""):
        with self.lock:
            return sorted(key for key in self.objects if key.startswith(prefix))

    def serve(self, request):
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        path, _, raw_query = request.path.partition("?")
        query = dict(urllib.parse.parse_qsl(raw_query, keep_blank_values=True))
        bucket, _, key = urllib.parse.unquote(path)[1:].partition("/")
        headers, answer = {}, b""
        try:
            fault = self.fault(request.command, key)
            if fault:
                raise Refusal(fault, "SlowDown" if fault == 503 else "InternalError")
            self.verify(request, path, raw_query, body)
            if bucket != BUCKET:
                raise Refusal(404, "NoSuchBucket")
            with self.lock:
                self.log.append((request.command, key, request.headers.get("range")))
                status, headers, answer = self.act(request, key, query, body)
        except Refusal as refusal:
            status = refusal.status
            answer = f"{XML}<Error><Code>{refusal.code}</Code><Message>{refusal.code} (stub)</Message></Error>".encode()
        self.send(request, status, headers, answer)

    @staticmethod
    def send(request, status, headers, answer):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        if "content-length" not in headers:
            request.send_header("content-length", str(len(answer)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(answer)

    @staticmethod
    def verify(request, path, raw_query, body):
        found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
                         r"SignedHeaders=([^,]+), ?Signature=(\w+)$", request.headers.get("authorization") or "")
        if not found:
            raise Refusal(403, "AccessDenied")
        key, day, region, names, signature = found.groups()
        if key != KEY:
            raise Refusal(403, "InvalidAccessKeyId")
        when = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()) > 900:
            raise Refusal(403, "RequestTimeTooSkewed")
        if region != REGION:
            raise Refusal(400, "AuthorizationHeaderMalformed")
        payload = request.headers["x-amz-content-sha256"]
        if payload != hashlib.sha256(body).hexdigest():
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        for name in ("host", "x-amz-date", "x-amz-content-sha256"):
            if name not in names.split(";"):
                raise Refusal(403, "AccessDenied")
        pairs = [part.partition("=")[::2] for part in raw_query.split("&") if part]
        canonical = "\n".join([
            request.command, quote(urllib.parse.unquote(path), "/-_.~"),
            "&".join(f"{quote(urllib.parse.unquote(k))}={quote(urllib.parse.unquote(v))}" for k, v in sorted(pairs)),
            "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";")), names, payload])
        scope = f"{day}/{region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope,
                             hashlib.sha256(canonical.encode()).hexdigest()])
        secret = ("AWS4" + SECRET).encode()
        for part in (day, region, "s3", "aws4_request", to_sign):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        if secret.hex() != signature:
            raise Refusal(403, "SignatureDoesNotMatch")

    def act(self, request, key, query, body):
        method = request.command
        if not key:
            return self.list(query) if "list-type" in query else (200, {}, f"{XML}<ListMultipartUploadsResult/>".encode())
        if "uploads" in query:
            upload = f"upload-{len(self.log)}"
            self.uploads[upload] = {}
            return 200, {}, f"{XML}<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>".encode()
        if "uploadId" in query:
            return self.upload(method, key, query, body)
        if method == "PUT":
            self.objects[key] = body
            return 200, {"etag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        if method == "DELETE":
            self.objects.pop(key, None)
            return 204, {}, b""
        if key not in self.objects:
            raise Refusal(404, "NoSuchKey")
        whole = self.objects[key]
        if method == "HEAD":
            return 200, {"content-length": str(len(whole))}, b""
        asked = re.match(r"bytes=(\d+)-(\d+)$", request.headers.get("range") or "")
        if not asked:
            return 200, {}, whole
        first, last = int(asked.group(1)), min(int(asked.group(2)), len(whole) - 1)
        if first >= len(whole):
            raise Refusal(416, "InvalidRange")
        return 206, {"content-range": f"bytes {first}-{last}/{len(whole)}"}, whole[first:last + 1]

    def upload(self, method, key, query, body):
        parts = self.uploads.get(query["uploadId"])
        if parts is None:
            raise Refusal(404, "NoSuchUpload")
        if method == "DELETE":
            del self.uploads[query["uploadId"]]
            return 204, {}, b""
        if method == "PUT":
            parts[int(query["partNumber"])] = body
            return 200, {"etag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        del self.uploads[query["uploadId"]]
        return 200, {"content-type": "application/xml"}, f"{XML}<CompleteMultipartUploadResult/>".encode()

    def list(self, query):
        after = query.get("continuation-token", "")
        keys = [key for key in sorted(self.objects) if key.startswith(query.get("prefix", "")) and key > after]
        page = keys[:min(self.page, int(query.get("max-keys", 1000)))]
        more = len(page) < len(keys)
        body = XML + "<ListBucketResult><EncodingType>url</EncodingType>" + f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        if more:
            body += f"<NextContinuationToken>{xml.sax.saxutils.escape(page[-1])}</NextContinuationToken>"
        for key in page:
            body += f"<Contents><Key>{quote(key, '/-_.~')}</Key><Size>{len(self.objects[key])}</Size></Contents>"
        return 200, {"content-type": "application/xml"}, (body + "</ListBucketResult>").encode()
