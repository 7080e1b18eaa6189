// SPDX-License-Identifier: Apache-2.0
//
// Exports a few log records with OpenTelemetry's own exporters and exits when all are sent.
// usage: node otlp.mjs http://127.0.0.1:PORT
import { SeverityNumber } from '@opentelemetry/api-logs';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';

const url = `${process.argv[2]}/otlp/v1/logs`;
const lines = 10;

async function exportWith(Exporter, service, compression) {
  const exporter = new Exporter({ url, compression });
  const results = [];
  const send = exporter.export.bind(exporter);
  exporter.export = (records, done) => send(records, (result) => { results.push(result); done(result); });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'cloud.region': 'eu', 'host.name': 'h1' }),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger('scope.x', '1.2');
  for (let i = 0; i < lines; ++i) {
    logger.emit({
      severityNumber: i % 5 === 0 ? SeverityNumber.ERROR : SeverityNumber.INFO,
      severityText: i % 5 === 0 ? 'ERROR' : 'INFO',
      body: i === 1 ? { nested: { answer: 42 }, list: [1, 'two', null] } : `line ${i}`,
      attributes: { 'http.method': 'GET', attempt: i, ratio: 0.5, ok: true, raw: new Uint8Array([1, 2, 3]), deep: { 'in.ner': 'v' } },
    });
  }
  await provider.forceFlush();
  await provider.shutdown();
  const failed = results.filter((result) => result.code !== 0);
  if (results.length === 0 || failed.length > 0) {
    console.error(service, results.length, failed[0]?.error);
    process.exit(1);
  }
}

await exportWith(JsonExporter, 'otel-json', CompressionAlgorithm.NONE);
await exportWith(JsonExporter, 'otel-json-gzip', CompressionAlgorithm.GZIP);
await exportWith(ProtoExporter, 'otel-proto', CompressionAlgorithm.NONE);
await exportWith(ProtoExporter, 'otel-proto-gzip', CompressionAlgorithm.GZIP);
console.log('sent');
