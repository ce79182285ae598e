// Builds one minified ESM and one CSS file per widget into ../static, and refuses a bundle
// that has outgrown what a saved notebook can carry: each widget instance stores its own copy.
//   --watch    builds again whenever a source changes
//   --compare  builds into a temporary folder and fails, naming the file, where ../static differs
import { build, context } from "esbuild";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const kept = join(here, "..", "static");
const [watch, compare] = ["--watch", "--compare"].map((flag) => process.argv.includes(flag));
const out = compare ? mkdtempSync(join(tmpdir(), "assets-widgets-")) : kept;
const LIMIT = 63_999;

const scripts = { lineage: "src/lineage.ts", grid: "src/grid.ts" };
const styles = { lineage: "src/css/lineage.css", grid: "src/css/grid.css" };

const options = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

// scripts and styles share entry names, so each kind is a build of its own
for (const entryPoints of [scripts, styles]) {
  if (watch) await (await context({ ...options, entryPoints })).watch();
  else await build({ ...options, entryPoints });
}

const wrong = [];
if (compare) {
  for (const name of new Set([...readdirSync(out), ...readdirSync(kept)])) {
    const [fresh, old] = [out, kept].map((folder) => read(join(folder, name)));
    if (fresh !== old) wrong.push(`widgets/static/${name} is not what the sources build: run \`make js\` and commit it`);
  }
  rmSync(out, { recursive: true });
} else if (!watch) {
  for (const name of readdirSync(out).sort()) {
    const { size } = statSync(join(out, name));
    console.log(`${name.padEnd(14)}${(size / 1000).toFixed(1).padStart(7)} kB`);
    if (size > LIMIT) wrong.push(`${name} is larger than ${LIMIT} bytes`);
  }
}
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exitCode = 1;
}

/** A file's text, or null where there is none. */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
