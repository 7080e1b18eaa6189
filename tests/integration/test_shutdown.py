# SPDX-License-Identifier: Apache-2.0
"""SIGTERM under load: accepted requests are answered, nothing acknowledged is lost, exit status 0."""
import http.client
import json
import threading
import unittest

from skald_server import SkaldServer, now_ns


class Shutdown(unittest.TestCase):
    def test_sigterm_under_load(self):
        start = now_ns()
        acknowledged = []
        warm = threading.Semaphore(0)

        def push(server, name):
            connection = server.connect()
            number = 0
            try:
                while True:
                    number += 1
                    line = f"{name}-{number}"
                    body = json.dumps({"streams": [{"stream": {"app": "bye"}, "values": [[str(now_ns()), line]]}]})
                    connection.request("POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"})
                    response = connection.getresponse()
                    response.read()
                    if response.status != 204:
                        return
                    acknowledged.append(line)
                    warm.release()
            except (OSError, http.client.HTTPException):
                return

        with SkaldServer() as server:
            threads = [threading.Thread(target=push, args=(server, f"t{i}")) for i in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(200):
                warm.acquire(timeout=30)
            self.assertEqual(server.stop(), 0)
            for thread in threads:
                thread.join()
            server.start()
            found = [line for _, line in server.lines('{app="bye"}', start, now_ns())]
            self.assertEqual(len(found), len(set(found)))
            self.assertFalse(set(acknowledged) - set(found))


if __name__ == "__main__":
    unittest.main()
