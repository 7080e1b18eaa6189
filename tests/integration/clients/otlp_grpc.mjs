// SPDX-License-Identifier: Apache-2.0
// OpenTelemetry's own exporter over gRPC, plain and with gzip: node otlp_grpc.mjs http://HOST:PORT
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";

for (const compression of [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP]) {
  const exporter = new OTLPLogExporter({ url: process.argv[2], compression });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": `otel-grpc-${compression}` }),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("scope.x", "1.2");
  for (let i = 0; i < 10; i++)
    logger.emit({ body: `line ${i}`, severityNumber: 17, severityText: "ERROR", attributes: { attempt: i } });
  await provider.forceFlush();
  await provider.shutdown();
}
