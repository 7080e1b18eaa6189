// SPDX-License-Identifier: Apache-2.0
// Reads queries from standard input, a JSON array; prints for each whether Grafana's editor accepts it.
import { readFileSync } from "node:fs";
import { parser } from "@grafana/lezer-logql";

function accepts(query) {
  let good = true;
  parser.parse(query).iterate({ enter: (node) => { if (node.type.isError) good = false; } });
  return good;
}

const queries = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(queries.map(accepts)));
