// SPDX-License-Identifier: Apache-2.0
// Calls gRPC methods as the JSON in argv[2] says: {address, ca?, cert?, key?, channel?, calls: [{method, message, metadata?}]}, messages as
// base64; prints {results: [{code, details, bytes, trailers}]} in the order of the calls, which run together.
import { readFileSync } from "node:fs";
import grpc from "@grpc/grpc-js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const read = (path) => (path ? readFileSync(path) : null);
const credentials = asked.ca
  ? grpc.credentials.createSsl(read(asked.ca), read(asked.key), read(asked.cert))
  : grpc.credentials.createInsecure();
const client = new grpc.Client(asked.address, credentials, { "grpc.max_send_message_length": -1, ...(asked.channel || {}) });

function call({ method, message, fill, metadata }) {
  const values = new grpc.Metadata();
  for (const [name, value] of Object.entries(metadata || {})) values.set(name, value);
  const bytes = fill ? Buffer.alloc(fill, 10) : Buffer.from(message, "base64");
  return new Promise((resolve) => {
    const deadline = Date.now() + 60000;
    client.makeUnaryRequest(method, (x) => x, (x) => x, bytes, values, { deadline }, (error, answer) => {
      const details = error?.metadata?.get("grpc-status-details-bin")?.[0];
      resolve({ code: error ? error.code : 0, details: error?.details, answer: answer?.toString("base64"), retry: details?.toString("latin1") });
    });
  });
}

const results = await Promise.all(asked.calls.map(call));
console.log(JSON.stringify({ results }));
client.close();
