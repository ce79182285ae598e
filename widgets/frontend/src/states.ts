// The states: their order, words, colours and shapes. Colour is never the only sign: each state
// has a glyph of its own, drawn from the same path on cards, in legends and in grid cells.
import { h, s } from "./element";
import type { Counts } from "./model";

export const STATES = [
  "running",
  "queued",
  "failed",
  "missing",
  "stale",
  "upstream",
  "fresh",
  "external",
  "ghost",
] as const;

const RANK = new Map<string, number>(STATES.map((name, i) => [name, i]));

const WORDS: Record<string, string> = {
  running: "running now",
  queued: "waiting for its turn",
  failed: "the last attempt failed",
  missing: "never materialized, or wiped",
  stale: "its code or an input changed",
  upstream: "an ancestor will run, so it may",
  fresh: "up to date",
  external: "made elsewhere, never run here",
  ghost: "not defined yet",
};

// 12 × 12 boxes
const GLYPHS: Record<string, string> = {
  running: "M3 1.5 L10.5 6 L3 10.5 Z",
  queued: "M6 1 A5 5 0 1 1 5.99 1 M6 3.4 V6 L8 7.4",
  failed: "M2.4 2.4 L9.6 9.6 M9.6 2.4 L2.4 9.6",
  missing: "M6 1.6 A4.4 4.4 0 1 1 5.99 1.6",
  stale: "M6 1 L11.4 10.6 L0.6 10.6 Z",
  upstream: "M6 10.8 V2 M2.4 5.4 L6 1.6 L9.6 5.4",
  fresh: "M1.8 6.4 L4.8 9.4 L10.2 2.8",
  external: "M6 0.8 L11.2 6 L6 11.2 L0.8 6 Z",
  ghost: "M3.4 4.2 C3.4 0.6 8.8 0.8 8.6 4.2 C8.4 6.2 6 6 6 8 M6 10 V10.8",
};

const drawing = (state: string) => GLYPHS[state] ?? GLYPHS.external!;
/** The other glyphs are lines. */
const solid = (state: string) => state === "running" || state === "stale";

/** Most urgent first; names this build does not know come last. */
export function byUrgency(a: string, b: string): number {
  return (RANK.get(a) ?? 99) - (RANK.get(b) ?? 99) || a.localeCompare(b);
}

export function meaning(state: string): string {
  return WORDS[state] ?? state;
}

/** The state's entries of a tally that are not zero, most urgent first. */
export function tally(counts: Counts | null): [string, number][] {
  return Object.entries(counts ?? {})
    .filter(([, n]) => n > 0)
    .sort(([a], [b]) => byUrgency(a, b));
}

export function tallyText(counts: Counts | null): string {
  return tally(counts)
    .map(([state, n]) => `${n} ${state}`)
    .join(", ");
}

/** The CSS class that gives an element a state's colour in `--state`. */
export function stateClass(state: string): string {
  return `as-${RANK.has(state) ? state : "external"}`;
}

export function glyph(state: string): SVGElement {
  return s(
    "svg",
    { viewBox: "0 0 12 12", class: `as-glyph ${stateClass(state)}`, "aria-hidden": "true" },
    s("path", { d: drawing(state), class: solid(state) ? "as-solid" : "as-stroke" }),
  );
}

const paths = new Map<string, { path: Path2D; stroke: boolean }>();

/** The same glyph for a canvas. */
export function glyphPath(state: string): { path: Path2D; stroke: boolean } {
  let made = paths.get(state);
  if (!made) {
    made = { path: new Path2D(drawing(state)), stroke: !solid(state) };
    paths.set(state, made);
  }
  return made;
}

/** Glyph and word together. */
export function badge(state: string, extra = ""): HTMLElement {
  return h(
    "span",
    { class: `as-badge ${stateClass(state)}`, title: meaning(state) },
    glyph(state),
    h("span", extra ? `${state} · ${extra}` : state),
  );
}

/** A bar whose parts have the widths of the states' shares. */
export function shares(counts: Counts | null): HTMLElement {
  const parts = tally(counts);
  return h("span.as-shares", { role: "img", "aria-label": tallyText(counts) },
    parts.map(([state, n]) => {
      const part = h("span", { class: stateClass(state), title: `${n} ${state}` });
      part.style.flexGrow = String(n);
      return part;
    }),
  );
}
