// Partitions to choose from, however they are drawn: fetches the cells, keeps what is chosen, and
// asks for runs of it. The grid widget and the details panel put their own picture around it.
import { h, put, setText } from "./element";
import { bounds, GridCells } from "./gridcells";
import { makeLegend } from "./legend";
import type { Counts, GridView } from "./model";
import { max, min } from "./numbers";
import { makeRunBar } from "./runbar";
import { tally } from "./states";
import { viewIn, type Wire } from "./wire";

interface Options {
  wire: Wire;
  /** The assets to show; null for all. */
  keys: string[] | null;
  /** Other partitions have come: the picture is arranged anew. */
  arrange: () => void;
  /** Cells or the choice look different now. */
  paint: () => void;
  /** Arranges the cells that the kernel told in another way. */
  shape?: (told: GridCells) => GridCells;
}

export type Chooser = ReturnType<typeof makeChooser>;

export function makeChooser({ wire, keys, arrange, paint, shape = (told) => told }: Options) {
  let cells: GridCells | null = null;
  let timer = 0;
  let turn = 0;
  const voice = h("div.as-unseen", { "aria-live": "polite" });
  const empty = h("div.as-empty", "Waiting for the kernel…");
  const tip = h("div.as-tip", { role: "tooltip", hidden: true });
  const field = (placeholder: string, label: string) =>
    h("input", { type: "text", size: 10, placeholder, "aria-label": label, spellcheck: "false" });
  const from = field("from", "From partition");
  const to = field("to", "To partition");
  const state = h("select", { "aria-label": "State of partitions", title: "Which partitions of the range" });
  const range = h("form.as-range",
    {
      onsubmit: (event: Event) => {
        event.preventDefault();
        chooseRange();
      },
    },
    state,
    from,
    h("span", "–"),
    to,
    h("button.as-plain", { type: "submit" }, "Select"),
    h("button.as-plain", { onclick: clear }, "Clear"),
  );
  const count = () => cells?.count ?? 0;
  const legend = makeLegend(chooseState, false);
  const runbar = makeRunBar({
    wire,
    wanted: () => {
      const partitions = cells?.keys() ?? {};
      return { keys: Object.keys(partitions), partitions };
    },
    scope: () => {
      const n = count();
      return n ? `${n.toLocaleString("en")} partition${n === 1 ? "" : "s"}` : "choose partitions";
    },
    idle: () => "Click, drag or shift-click to choose partitions",
    ready: () => count() > 0,
    offers: [{ mode: "force", label: "Force", hint: "Run the chosen partitions even where they are fresh", enabled: () => true }],
  });

  /** Takes a grid as the kernel tells it; what was chosen stays chosen. */
  function take(view: GridView, buffers: DataView[]): void {
    const data = buffers[0];
    const told = new GridCells(view, data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array());
    const old = cells?.inner;
    const same = old !== undefined && old.view.shape === view.shape;
    if (old) told.adopt(old, same);
    empty.hidden = view.groups.some((g) => g.rows.length && g.columns.length);
    setText(empty, "No partitioned assets yet.");
    show(told, same);
  }

  /** Shows the cells as they are to be arranged now. */
  function show(told: GridCells, same: boolean): void {
    cells = shape(told);
    const counts = cells.counts();
    legend.show(counts);
    offerStates(counts);
    if (!same) {
      arrange();
      choiceChanged();
    }
    paint();
  }

  /** Asks for the grid again, gathered: states change in bursts. */
  function reload(): void {
    timer ||= setTimeout(load, cells ? 200 : 0);
  }

  async function load(): Promise<void> {
    const mine = ++turn;
    timer = 0;
    try {
      const answer = await wire.ask("grid", { keys });
      const view = viewIn<GridView>(answer, "grid", "groups");
      if (view && mine === turn) take(view, answer.buffers);
    } catch (error) {
      if (!cells) setText(empty, (error as Error).message);
    }
  }

  function choiceChanged(): void {
    runbar.choiceChanged();
    paint();
  }

  function chooseState(state: string, add: boolean): void {
    if (!add) cells?.clear();
    cells?.inState(state);
    choiceChanged();
    sayCount();
  }

  /** The states that there are; one that is picked stays, also where it is gone meanwhile. */
  function offerStates(counts: Counts): void {
    const picked = state.value;
    const names = tally(counts).map(([name]) => name);
    if (picked && !names.includes(picked)) names.push(picked);
    put(state, h("option", { value: "" }, "any state"), names.map((name) => h("option", { value: name }, `all ${name}`)));
    state.value = picked;
  }

  function chooseRange(): void {
    const [first, last, which] = [from.value.trim(), to.value.trim(), state.value];
    if (!cells || !(first || last || which)) return;
    const found = cells.range(first, last, which);
    choiceChanged();
    if (!found) runbar.refuse(nowhere(cells.view, first, last));
    else if (!cells.count) runbar.refuse(`None of these partitions is ${which}.`);
    else sayCount();
  }

  function clear(): void {
    cells?.clear();
    choiceChanged();
  }

  function say(text: string): void {
    setText(voice, text);
  }

  function sayCount(): void {
    say(`${count()} partitions chosen`);
  }

  /** Lines of a name and what is said of it, beside the pointer; none hides the tip. */
  function point(lines: [string, string][], x = 0, y = 0): void {
    tip.hidden = !lines.length;
    if (!lines.length) return;
    put(tip, lines.map(([name, said]) => h("div", name && h("b", name), said && (name ? ` · ${said}` : said))));
    const { clientWidth, clientHeight } = tip.parentElement!;
    const { offsetWidth, offsetHeight } = tip;
    tip.style.left = `${max(2, min(clientWidth - offsetWidth - 2, x + 12))}px`;
    tip.style.top = `${y + 18 + offsetHeight > clientHeight + 20 ? y - offsetHeight - 8 : y + 18}px`;
  }

  return {
    get cells() {
      return cells;
    },
    runbar,
    range,
    legend: legend.element,
    voice,
    empty,
    tip,
    take,
    reshape: () => cells && show(cells.inner, false),
    reload,
    choiceChanged,
    clear,
    say,
    sayCount,
    point,
    close: () => clearTimeout(timer),
  };
}

/** Why there is nothing between two keys: they stand the other way round, or there are no such partitions. */
function nowhere(view: GridView, first: string, last: string): string {
  const turned = first && last && view.groups.some((g) => {
    const [from, to] = bounds(g.columns, last, first);
    return from <= to;
  });
  if (turned) return `${first} – ${last} runs backwards: choose ${last} – ${first}.`;
  const known = view.groups.filter((g) => g.columns.length).map((g) => `${g.columns[0]} – ${g.columns.at(-1)}`);
  return `There are no partitions${first && ` from ${first}`}${last && ` to ${last}`}. There are ${known.slice(0, 3).join("; ") || "none"}.`;
}
