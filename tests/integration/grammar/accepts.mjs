// SPDX-License-Identifier: Apache-2.0
// Reads queries from standard input, a JSON array; prints for each {good, metric}: whether Grafana's editor accepts it, and whether it takes
// it for a metric query.
import { readFileSync } from "node:fs";
import { parser } from "@grafana/lezer-logql";

function look(query) {
  const seen = { good: true, metric: false };
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError) seen.good = false;
      if (node.name === "MetricExpr") seen.metric = true;
    },
  });
  return seen;
}

const queries = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(queries.map(look)));
