// Metadata by type: numbers formatted, JSON as a tree, tables as tables, links only where safe.
import { h, on, words } from "./element";
import { link, markdown, table } from "./markdown";
import type { MetadataView } from "./model";
import { abs, floor } from "./numbers";

const MOST = 200;

export function number(value: number, whole = false): string {
  if (whole || Number.isInteger(value)) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  const size = abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(4);
  return value.toLocaleString("en", { maximumSignificantDigits: size >= 1000 ? 9 : 6 });
}

/** Moment in the reader's own time zone. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How long ago, in one unit. */
export function ago(seconds: number): string {
  const past = Date.now() / 1000 - seconds;
  if (past < 5) return "just now";
  for (const [unit, size] of [["s", 60], ["min", 60], ["h", 24], ["d", 365]] as const) {
    const base = { s: 1, min: 60, h: 3600, d: 86400 }[unit];
    if (past < base * size) return `${floor(past / base)} ${unit} ago`;
  }
  return `${floor(past / 31536000)} y ago`;
}

function scalar(value: unknown): string {
  return typeof value === "number" ? number(value) : value === null ? "null" : typeof value === "string" ? value : JSON.stringify(value);
}

/** A tree that is built as it is opened. */
export function tree(value: unknown, name = "", open = false): HTMLElement {
  if (value === null || typeof value !== "object") {
    return h("div.as-leaf", name ? h("i", `${name}: `) : null, h("code", typeof value === "string" ? JSON.stringify(value) : scalar(value)));
  }
  const entries = Object.entries(value);
  const shape = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  const inside = h("div.as-branch");
  const box = h("details", h("summary", name ? h("i", `${name} `) : null, h("code", shape)), inside);
  const build = () => {
    if (inside.childNodes.length || !box.open) return;
    inside.append(...entries.slice(0, MOST).map(([key, each]) => tree(each, key)));
    if (entries.length > MOST) inside.append(h("div.as-soft", `and ${entries.length - MOST} more`));
  };
  on(box, "toggle", build);
  box.open = open;
  build();
  return box;
}

function asTable(value: unknown): HTMLElement | null {
  const { columns, rows, total } = (value ?? {}) as { columns?: unknown; rows?: unknown; total?: number };
  if (!Array.isArray(columns) || !Array.isArray(rows)) return null;
  const shown = rows.slice(0, MOST).map((row: unknown) => (Array.isArray(row) ? row : [row]));
  const made = table(columns.map(String), shown, (cell) => [words(scalar(cell))]);
  if ((total ?? 0) > shown.length) made.append(h("div.as-soft", `and ${total! - shown.length} more rows`));
  return made;
}

/** The element that shows one value; `goto` follows links to assets. */
export function metadataValue({ type, value }: MetadataView, goto: (id: string) => void): Node {
  switch (type) {
    case "int":
      return words(typeof value === "number" ? number(value, true) : scalar(value));
    case "bool":
      return words(value ? "yes" : "no");
    case "null":
      return h("span.as-soft", "none");
    case "md":
      return markdown(String(value ?? ""));
    case "url":
      return link(String(value ?? ""));
    case "path":
      return h("code", String(value ?? ""));
    case "timestamp":
      return words(typeof value === "number" ? moment(value) : scalar(value));
    case "asset": {
      const id = String(value ?? "");
      return h("button.as-link", { onclick: () => goto(id) }, id);
    }
    case "table": {
      const made = asTable(value);
      if (made) return made;
      break;
    }
  }
  if (value !== null && typeof value === "object") return tree(value, "", false);
  const text = scalar(value);
  return text.includes("\n") ? h("pre.as-text", text) : words(text);
}

export function metadataTable(entries: MetadataView[], goto: (id: string) => void): HTMLElement {
  return h("dl.as-facts", entries.flatMap((entry) => [h("dt", { title: entry.label }, entry.label), h("dd", metadataValue(entry, goto))]));
}
