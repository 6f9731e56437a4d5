// Reads an AsyncAPI document with the AsyncAPI project's own parser.
// usage: node validate.mjs FILE; prints one line for each diagnostic, exits 1 when there is an error.
import { readFile } from "node:fs/promises";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

const text = await readFile(process.argv[2], "utf-8");
const { document, diagnostics } = await new Parser().parse(text);
for (const { code, message, path, range, severity } of diagnostics) {
  const line = range.start.line + 1;
  console.log(`${DiagnosticSeverity[severity]} ${code} line ${line} ${path.join(".")}: ${message}`);
}
const errors = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
if (document === undefined || errors.length > 0) {
  process.exitCode = 1;
} else {
  console.log(`${document.allChannels().length} channels, ${document.allMessages().length} messages`);
}
