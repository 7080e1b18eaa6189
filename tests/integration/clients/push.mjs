// SPDX-License-Identifier: Apache-2.0
//
// Pushes a few lines through each real client and exits when all of them are sent.
// usage: node push.mjs http://127.0.0.1:PORT
import pino from 'pino';
import pinoLoki from 'pino-loki';
import winston from 'winston';
import LokiTransport from 'winston-loki';

const host = process.argv[2];
const lines = 25;

async function withWinston(app, json) {
  const transport = new LokiTransport({
    host, json, labels: { app }, batching: true, interval: 1, format: winston.format.json(),
    onConnectionError: (error) => { console.error(app, error); process.exit(1); },
  });
  const logger = winston.createLogger({ level: 'debug', transports: [transport] });
  for (let i = 0; i < lines; ++i) logger.log({ level: i % 5 === 0 ? 'error' : 'info', message: `winston line ${i}` });
  // winston hands lines over in later turns of the event loop; a timer's turn comes after them.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await transport.flush();
  logger.close();
}

async function withPino(app) {
  const stream = pinoLoki({ host, labels: { app }, batching: { interval: 1 }, silenceErrors: false });
  const logger = pino({ level: 'debug' }, stream);
  for (let i = 0; i < lines; ++i) logger[i % 5 === 0 ? 'error' : 'info']({ order: i }, `pino line ${i}`);
  // Ending the stream sends what is batched; 'close' comes when it has been sent.
  await new Promise((resolve) => { stream.on('close', resolve); stream.end(); });
}

await withWinston('winston-json', true);
await withWinston('winston-protobuf', false);
await withPino('pino');
console.log('sent');
process.exit(0);
