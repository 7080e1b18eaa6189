// SPDX-License-Identifier: Apache-2.0
//
// Tails a query with the WebSocket client that most Node programs use, and prints a line an event:
// "open", "frame JSON" and its "line TEXT", "dropped N", "ping", "close CODE REASON", "refused STATUS".
// usage: node tail.mjs URL
import WebSocket from 'ws';

const socket = new WebSocket(process.argv[2]);
let pings = 0;
socket.on('open', () => console.log('open'));
socket.on('message', (data) => {
  console.log(`frame ${data}`);
  const message = JSON.parse(data.toString());
  for (const stream of message.streams) for (const value of stream.values) console.log(`line ${value[1]}`);
  if (message.dropped_entries) console.log(`dropped ${message.dropped_entries.length}`);
});
socket.on('ping', () => { if (++pings === 1) console.log('ping'); });
socket.on('unexpected-response', (request, response) => { console.log(`refused ${response.statusCode}`); process.exit(0); });
socket.on('close', (code, reason) => { console.log(`close ${code} ${reason}`); process.exit(0); });
socket.on('error', (error) => console.log(`error ${error.message}`));
process.stdin.on('data', () => socket.close(1000));
