// The states present, with their numbers. A press keeps one state bright.
import { focusedNear, h, put } from "./element";
import type { Counts } from "./model";
import { glyph, meaning, stateClass, tally } from "./states";

export type Legend = ReturnType<typeof makeLegend>;

export function makeLegend(chosen: (state: string, add: boolean) => void, sticky = true) {
  const element = h("div.as-legend", { role: "group", "aria-label": "States" });
  let bright = "";
  let shown = "";

  function show(counts: Counts): void {
    const parts = tally(counts);
    const key = JSON.stringify([parts, bright]);
    if (key === shown) return;
    shown = key;
    const focused = focusedNear(element);
    const held = focused instanceof HTMLElement && element.contains(focused) ? focused.dataset.state : "";
    put(
      element,
      parts.map(([state, n]) =>
        h(
          "button",
          {
            class: `as-chip ${stateClass(state)}`,
            title: meaning(state),
            "data-state": state,
            "aria-pressed": sticky ? String(bright === state) : null,
            onclick: (event: MouseEvent) => press(state, event.ctrlKey || event.metaKey || event.shiftKey),
          },
          glyph(state),
          h("b", n.toLocaleString("en")),
          state,
        ),
      ),
    );
    if (held) element.querySelector<HTMLElement>(`[data-state="${CSS.escape(held)}"]`)?.focus();
  }

  function press(state: string, add: boolean): void {
    if (sticky) bright = bright === state ? "" : state;
    chosen(sticky ? bright : state, add);
  }

  return {
    element,
    /** The state kept bright, or "". */
    get state() {
      return bright;
    },
    show,
  };
}
