// The attempts of one asset, newest first; a row opens to its error or its metadata.
import { h } from "./element";
import { ago, metadataTable, moment } from "./metadata";
import type { AttemptView } from "./model";
import { span } from "./runbar";
import { glyph } from "./states";

const SIGN: Record<string, string> = { success: "fresh", failed: "failed", cancelled: "queued", retried: "stale", observed: "external" };

export function historyView(attempts: AttemptView[], goto: (id: string) => void, open: Set<string>): HTMLElement {
  if (!attempts.length) return h("p.as-soft", "It has never been materialized.");
  const parted = attempts.some((a) => a.partition);
  const width = parted ? 5 : 4;
  const body = h("tbody");
  for (const attempt of attempts) {
    const key = `${attempt.run} ${attempt.at} ${attempt.partition ?? ""}`;
    const more = attempt.error !== "" || attempt.metadata.length > 0;
    const detail = h("tr.as-attempt-more", { hidden: !open.has(key) });
    const fill = () => {
      if (detail.childNodes.length) return;
      const held = h("td", { colspan: width });
      if (attempt.error) held.append(h("pre.as-error", plain(attempt.error)));
      if (attempt.metadata.length) held.append(metadataTable(attempt.metadata, goto));
      if (attempt.run) held.append(h("div.as-soft", `run ${attempt.run}`));
      detail.append(held);
    };
    if (open.has(key)) fill();
    const press = h("button.as-outcome", { disabled: !more,
        "aria-expanded": more ? String(open.has(key)) : null,
        onclick: () => {
          fill();
          detail.hidden = !detail.hidden;
          press.setAttribute("aria-expanded", String(!detail.hidden));
          if (detail.hidden) open.delete(key);
          else open.add(key);
        },
      },
      glyph(SIGN[attempt.outcome] ?? "external"),
      h("span", attempt.outcome),
      more ? h("span.as-caret", { "aria-hidden": "true" }) : null,
    );
    body.append(
      h(
        "tr",
        h("td", press),
        h("td", { title: moment(attempt.at) }, ago(attempt.at)),
        parted ? h("td", attempt.partition ?? "") : null,
        h("td.as-number", attempt.seconds > 0 ? span(attempt.seconds) : ""),
        h("td", h("code", { title: attempt.version }, attempt.version.slice(0, 8))),
      ),
      detail,
    );
  }
  const heads = ["outcome", "when", ...(parted ? ["partition"] : []), "took", "version"];
  return h("div.as-table as-history", h("table", h("thead", h("tr", heads.map((name) => h("th", name === "took" && { class: "as-number" }, name)))), body));
}

// the escape character, written so that the source holds no control character
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/** Terminal colours taken out. */
export function plain(text: string): string {
  return text.replace(ANSI, "");
}
