// SPDX-License-Identifier: Apache-2.0
//
// Asks for what two products' clients ask for, through their own code, and prints what they made of
// the answers as one JSON object.
// usage: node read.mjs http://127.0.0.1:PORT APP START_NS END_NS
import { createRequire } from 'node:module';
import { GrafanaApi } from '@myunisoft/loki';

const [host, app, start, end] = process.argv.slice(2);
const selector = `{app="${app}"}`;

async function withPerses() {
  // The rest of the package wants a browser's libraries.
  const require = createRequire(import.meta.url);
  const perses = require('./node_modules/@perses-dev/loki-plugin/lib/cjs/model/loki-client.js');
  const options = { datasourceUrl: host };
  const seconds = (ns) => Number(BigInt(ns) / 1000000000n);
  const when = { start: seconds(start), end: seconds(end) };
  const metric = `sum(count_over_time(${selector}[1h]))`;
  return {
    query: await perses.query({ query: metric, time: end }, options),
    lines: await perses.queryRange({ query: selector, limit: 100, direction: 'forward', ...when }, options),
    metric: await perses.queryRange({ query: metric, step: '3600', ...when }, options),
    labels: await perses.labels(start, end, options),
    values: await perses.labelValues('app', start, end, options),
    series: await perses.series([selector], start, end, options),
    volume: await perses.volume({ query: selector, start, end }, options),
    volumeRange: await perses.volumeRange({ query: selector, start, end, step: '3600' }, options),
    stats: await perses.indexStats(selector, start, end, options),
  };
}

async function withMyunisoft() {
  const api = new GrafanaApi({ remoteApiURL: host, authentication: { type: 'bearer', token: 'unused' } });
  const loki = api.Loki;
  await loki.push([{ stream: { app: 'pushed-by-sdk' }, values: [[end, 'from the SDK']] }]);
  const when = { start, end: String(BigInt(end) + 1n) };
  return {
    lines: await loki.queryRange(selector, { ...when, limit: 100 }),
    streams: await loki.queryRangeStream(selector, { ...when, limit: 100 }),
    matrix: await loki.queryRangeMatrix(`count_over_time(${selector}[1h])`, when),
    parsed: await loki.queryRange(`{app="${app}"}`, { ...when, limit: 100, pattern: 'line <number>' }),
    pushed: await loki.queryRange('{app="pushed-by-sdk"}', { ...when, limit: 10 }),
    labels: await loki.labels(when),
    values: await loki.labelValues('app', when),
    series: await loki.series(selector),
  };
}

console.log(JSON.stringify({ perses: await withPerses(), myunisoft: await withMyunisoft() }));
