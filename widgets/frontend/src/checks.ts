// The checks of an asset: a shield with a sign of its own for each outcome, on the card as one
// badge and in the panel as a list. Colour is never the only sign.
import { h, s } from "./element";
import { plain } from "./history";
import { ago, metadataTable, moment } from "./metadata";
import type { CheckView, Counts } from "./model";

/** The outcomes, the worst first. */
const OUTCOMES = ["failed", "warning", "pending", "passed"];

const SHIELD = "M8 1.5 L13.2 3.4 V7.6 C13.2 11 11 13.3 8 14.5 C5 13.3 2.8 11 2.8 7.6 V3.4 Z";
const SIGNS: Record<string, string> = {
  failed: "M6 6 L10 10 M10 6 L6 10",
  warning: "M8 4.9 V8.6 M8 10.9 V11",
  pending: "M5.8 8 H10.2",
  passed: "M5.5 8.1 L7.3 9.9 L10.6 6.3",
};

function known(outcome: string): string {
  return outcome in SIGNS ? outcome : "pending";
}

function word(outcome: string): string {
  return known(outcome) === "pending" ? "not evaluated yet" : outcome;
}

/** The CSS class that gives an element an outcome's colour in `--state`. */
function outcomeClass(outcome: string): string {
  return `as-check-${known(outcome)}`;
}

export function shield(outcome: string): SVGElement {
  const sign = SIGNS[known(outcome)]!;
  return s("svg", { viewBox: "0 0 16 16", class: `as-shield ${outcomeClass(outcome)}`, "aria-hidden": "true" }, s("path", { d: `${SHIELD} ${sign}` }));
}

/** The outcome that shows where there are several: the worst. */
export function worst(counts: Counts): string {
  return OUTCOMES.find((outcome) => counts[outcome]) ?? "";
}

/** `1 failed, 2 passed`. */
export function checksText(counts: Counts): string {
  return OUTCOMES.filter((outcome) => counts[outcome])
    .map((outcome) => `${counts[outcome]} ${word(outcome)}`)
    .join(", ");
}

/** The badge of a card: the worst outcome, and how many of the checks passed. */
export function checksBadge(counts: Counts): HTMLElement | null {
  const outcome = worst(counts);
  if (!outcome) return null;
  const total = OUTCOMES.reduce((sum, each) => sum + (counts[each] ?? 0), 0);
  return h("span", { class: `as-checks-badge ${outcomeClass(outcome)}`, title: `checks: ${checksText(counts)}` }, shield(outcome), `${counts.passed ?? 0}/${total}`);
}

export function checksView(checks: CheckView[], goto: (id: string) => void): HTMLElement {
  return h("div", checks.map((check) => checkView(check, goto)));
}

function checkView(check: CheckView, goto: (id: string) => void): HTMLElement {
  const of = check.partition === null ? "" : ` · ${check.partition}`;
  const outcome = check.old ? "pending" : check.outcome;
  const before = check.old ? `before: ${word(check.outcome)}, ` : "";
  return h("section", { class: `as-check ${outcomeClass(outcome)}` },
    h("div.as-check-head", shield(outcome), h("b", check.name),
      check.blocking ? h("span.as-tag", { title: "A failure stops what depends on the asset" }, "blocking") : null,
    ),
    h("div.as-check-state", h("b", word(outcome)),
      check.at === null ? null : h("span.as-soft", { title: moment(check.at) }, `${before}${ago(check.at)}${of}`),
    ),
    check.about ? h("p.as-soft", check.about) : null,
    check.text ? h("p.as-check-text", plain(check.text)) : null,
    check.metadata.length ? metadataTable(check.metadata, goto) : null,
    check.past.length > 1
      ? h("div.as-check-past", { role: "img", "aria-label": `before: ${check.past.map((past) => past.outcome).join(", ")}` },
          check.past.map((past) => h("span", { title: `${past.outcome} · ${moment(past.at)}${past.partition === null ? "" : ` · ${past.partition}`}` }, shield(past.outcome))),
        )
      : null,
  );
}
