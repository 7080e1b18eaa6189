// SPDX-License-Identifier: Apache-2.0
//
// Encodes a LogsData in which every field is set with the code that is generated from OpenTelemetry's published definitions, one for each
// service named, and prints {service: base64}.
// usage: node otlp_definitions.mjs TIME_NS SERVICE...
import { createRequire } from 'node:module';

// The package does not export it.
const require = createRequire(import.meta.url);
const root = require('./node_modules/opentelemetry-definitions/build/src/generated/root.js');
const { LogsData } = root.opentelemetry.proto.logs.v1;

const [time, ...services] = process.argv.slice(2);
const long = (value) => ({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false });
const at = (offset) => long(BigInt(time) + BigInt(offset));
const text = (value) => ({ stringValue: value });
const attribute = (key, value) => ({ key, value });

const array = { arrayValue: { values: [{ intValue: long(1n) }, text('two'), { boolValue: true }, { arrayValue: { values: [text('in')] } }] } };
const map = { kvlistValue: { values: [
  attribute('in.ner', text('v')), attribute('deep', { kvlistValue: { values: [attribute('er', { intValue: long(2n) })] } }),
  attribute('list', array) ] } };
const values = {
  string: text('text'), bool: { boolValue: true }, int: { intValue: long(9007199254740993n) }, double: { doubleValue: 0.25 }, array, map,
  bytes: { bytesValue: Uint8Array.of(1, 2, 3) },
};

function logs(service) {
  const full = {
    timeUnixNano: at(0), observedTimeUnixNano: at(5), severityNumber: 17, severityText: 'Error', body: text('full'),
    attributes: Object.entries(values).map(([key, value]) => attribute(`log.${key}`, value)),
    droppedAttributesCount: 3, flags: 1, eventName: 'event',
    traceId: Uint8Array.from({ length: 16 }, (_, i) => i + 1), spanId: Uint8Array.from({ length: 8 }, (_, i) => i + 241),
  };
  const bodies = Object.values(values).map((body, i) => ({ timeUnixNano: at(i + 1), body }));
  return {
    resourceLogs: [{
      resource: {
        attributes: [attribute('service.name', text(service)), attribute('k8s.namespace.name', text('space')), attribute('host.name', text('h')),
          attribute('resource.map', map)],
        droppedAttributesCount: 2,
        entityRefs: [{ type: 'host', idKeys: ['host.name'] }],
      },
      scopeLogs: [
        { scope: { name: 'scope', version: '1.2', attributes: [attribute('scope.array', array)], droppedAttributesCount: 4 },
          logRecords: [full], schemaUrl: 'https://a/1' },
        { logRecords: [...bodies, { observedTimeUnixNano: at(100), body: text('seen') }] },
      ],
      schemaUrl: 'https://a/2',
    }],
  };
}

console.log(JSON.stringify(Object.fromEntries(services.map((service) => {
  const wrong = LogsData.verify(logs(service));
  if (wrong) throw new Error(wrong);
  return [service, Buffer.from(LogsData.encode(logs(service)).finish()).toString('base64')];
}))));
