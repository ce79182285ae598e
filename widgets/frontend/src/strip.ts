// The partitions of one asset in a narrow place: cells in lines, a line for a month or a day where
// the keys are dates, and the keys written on the cells where they are few.
import { makeChooser } from "./chooser";
import { h, inFrame, on, pointIn } from "./element";
import { ceil, floor, max, min } from "./numbers";
import { glyphPath } from "./states";
import type { Theme } from "./theme";
import type { Wire } from "./wire";

const FEW = 80;
/** A canvas is not made taller than this: cells shrink instead. */
const TALLEST = 8000;
const SIZES = [16, 13, 11, 9, 7, 5, 3];

interface Line {
  label: string;
  from: number;
  to: number;
}

export type Strip = ReturnType<typeof partitionStrip>;

export function partitionStrip(wire: Wire, asset: string, theme: () => Theme) {
  let lines: Line[] = [];
  /** Breadth and height of a cell, and where the cells begin. */
  let [cell, row, left] = [16, 16, 0];
  let few = false;
  let cursor = 0;
  let anchor = 0;
  let hover = -1;
  let base: Uint8Array | null = null;
  let baseCount = 0;
  let value = 1;
  const picture = inFrame(paint);
  const chooser = makeChooser({ wire, keys: [asset], arrange, paint: picture.soon });
  const columns = (): string[] => chooser.cells?.view.groups[0]?.columns ?? [];
  const canvas = h("canvas.as-strip", { role: "grid", tabindex: 0, "aria-label": "Partitions. Arrow keys move, with shift they choose a range, Enter chooses, Escape clears." });
  const context = canvas.getContext("2d")!;
  const stage = h("div.as-grid-stage", canvas, chooser.tip, chooser.empty);
  const element = h("div.as-grid-pane as-compact",
    h("div.as-toolbar", chooser.runbar.buttons, chooser.range),
    chooser.runbar.line,
    stage,
    chooser.legend,
    chooser.voice,
  );
  const watcher = new ResizeObserver(arrange);
  watcher.observe(stage);
  listen();

  function arrange(): void {
    const width = stage.clientWidth;
    const keys = columns();
    if (!width || !keys.length) return;
    const { font } = theme().palette;
    const cut = keys.length > 14 ? unit(keys) : 0;
    few = !cut && keys.length <= FEW;
    left = 0;
    if (few) {
      context.font = `12px ${font}`;
      cell = min(width, ceil(max(...keys.map((each) => context.measureText(each).width))) + 32);
      row = 26;
      lines = wrap(keys, 0, floor(width / cell));
    } else {
      left = cut ? cut * 7 + 8 : 0;
      for (cell of SIZES) {
        lines = wrap(keys, cut, max(1, floor((width - left) / cell)));
        // a line that stands for a unit is broken only where even the finest cells do not fit
        if (lines.length * max(cell, cut ? 13 : 0) <= (cut ? TALLEST : 260) && lines.every((line) => line.label || !cut)) break;
      }
      row = max(cell, cut ? 13 : 0);
    }
    canvas.style.height = `${lines.length * row + 2}px`;
    picture.now();
  }

  function paint(): void {
    const { cells } = chooser;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!cells || !width) return;
    const look = theme().palette;
    const ratio = devicePixelRatio || 1;
    const c = context;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.textBaseline = "middle";
    const keys = columns();
    const gap = cell > 4 ? 2 : 1;
    lines.forEach(({ label, from, to }, n) => {
      const y = n * row + 1;
      c.font = `11px ${look.font}`;
      c.fillStyle = look.soft;
      c.fillText(label, 1, y + row / 2 - 1);
      for (let i = from; i < to; i++) {
        const state = cells.state({ group: 0, row: 0, column: i });
        const x = left + (i - from) * cell + 1;
        const on = cells.chosen[i] === 1;
        const colour = state ? (look.states[state] ?? look.soft) : look.line;
        c.globalAlpha = !state ? 0.25 : cells.count && !on ? 0.35 : 1;
        c.fillStyle = c.strokeStyle = colour;
        if (few) {
          const { path, stroke } = glyphPath(state ?? "ghost");
          c.lineWidth = 1;
          c.strokeRect(x + 0.5, y + 0.5, cell - 5, row - 5);
          c.save();
          c.translate(x + 7, y + row / 2 - 8);
          c.lineWidth = 1.8;
          stroke ? c.stroke(path) : c.fill(path);
          c.restore();
          c.globalAlpha = 1;
          c.font = `${on ? 600 : 400} 12px ${look.font}`;
          c.fillStyle = look.text;
          c.fillText(keys[i]!, x + 23, y + row / 2 - 1.5, cell - 30);
        } else c.fillRect(x, y, cell - gap, row - gap);
        c.globalAlpha = 1;
        const marked = i === hover || (i === cursor && canvas.matches(":focus-visible"));
        if (on || marked) {
          c.strokeStyle = marked ? look.text : look.accent;
          c.lineWidth = 1.5;
          c.strokeRect(x, y, cell - (few ? 4 : gap), row - (few ? 4 : gap));
        }
      }
    });
    element.dataset.cell = String(cell);
    element.dataset.chosen = String(cells.count);
  }

  // ---- hands and keys

  /** The cell under the pointer, or the nearest one; -1 outside of all where it must be under it. */
  function at(event: MouseEvent, strict: boolean): number {
    const [x, y] = pointIn(canvas, event);
    const line = lines[max(0, min(lines.length - 1, floor((y - 1) / row)))];
    if (!line) return -1;
    const place = line.from + floor((x - left - 1) / cell);
    if (strict && (place < line.from || place >= line.to || y >= lines.length * row)) return -1;
    return max(line.from, min(line.to - 1, place));
  }

  function choose(end: number, value = 1): void {
    const { cells } = chooser;
    if (!cells) return;
    cursor = end;
    if (base) {
      cells.back(base, baseCount);
    }
    cells.rectangle({ group: 0, row: 0, column: anchor }, { group: 0, row: 0, column: end }, value);
    chooser.choiceChanged();
  }

  function said(i: number): string {
    return chooser.cells?.state({ group: 0, row: 0, column: i }) ?? "no such partition";
  }

  function listen(): void {
    let alone = false;
    on(canvas, "pointerdown", (event) => {
      const { cells } = chooser;
      const i = at(event, true);
      if (!cells || i < 0 || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      const add = event.ctrlKey || event.metaKey;
      const was = cells.chosen[i] === 1;
      alone = !add && !event.shiftKey && was && cells.count === 1;
      value = add && was ? 0 : 1;
      if (!add) cells.clear();
      base = cells.mark();
      baseCount = cells.count;
      if (!event.shiftKey) anchor = i;
      choose(i, value);
    });
    on(canvas, "pointermove", (event) => {
      const i = at(event, !base);
      if (i !== hover) picture.soon();
      hover = i;
      chooser.point(i < 0 ? [] : [[columns()[i]!, said(i)]], ...pointIn(stage, event));
      if (!base || i === cursor) return;
      alone = false;
      choose(i, value);
    });
    const release = () => {
      if (!base) return;
      base = null;
      if (alone) chooser.clear();
      chooser.sayCount();
    };
    on(canvas, "pointerup", release);
    on(canvas, "pointercancel", release);
    on(canvas, "pointerleave", () => {
      hover = -1;
      chooser.point([]);
      picture.soon();
    });
    for (const event of ["focus", "blur"]) on(canvas, event, picture.soon);
    on(canvas, "keydown", key);
  }

  function key(event: KeyboardEvent): void {
    const { cells } = chooser;
    if (!cells || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lines.find(({ to }) => cursor < to);
    const broad = line ? line.to - line.from : 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -broad, ArrowDown: broad, Home: -Infinity, End: Infinity }[event.key];
    if (step) {
      cursor = max(0, min(columns().length - 1, cursor + step));
      if (event.shiftKey) {
        cells.clear();
        choose(cursor);
      } else anchor = cursor;
    } else if (event.key === "Enter" || event.key === " ") {
      anchor = cursor;
      choose(cursor, cells.chosen[cursor] ? 0 : 1);
    } else if (event.key === "Escape" && cells.count) chooser.clear();
    else if (event.key === "m" && cells.count) chooser.runbar.materialize("due");
    else return;
    event.preventDefault();
    event.stopPropagation();
    chooser.say(`${columns()[cursor]}, ${said(cursor)}${cells.chosen[cursor] ? ", chosen" : ""}. ${cells.count} chosen`);
    picture.soon();
  }

  return {
    element,
    close(): void {
      watcher.disconnect();
      picture.halt();
      chooser.close();
    },
    reload: chooser.reload,
    showRun: chooser.runbar.showRun,
    repaint: picture.soon,
  };
}

/** How many letters of a date make the unit of a line: an hour's day, a day's month, a month's year. */
function unit(keys: string[]): number {
  if (!keys.every((key) => /^\d{4}-\d\d/.test(key))) return 0;
  const lines = (cut: number) => new Set(keys.map((key) => key.slice(0, cut))).size;
  return [10, 7, 4].find((cut) => keys.length / lines(cut) > 6) ?? 0;
}

/** Lines of at most `most` cells; each new unit starts one, and is named on its first. */
function wrap(keys: string[], cut: number, most: number): Line[] {
  const lines: Line[] = [];
  keys.forEach((key, i) => {
    const label = key.slice(0, cut);
    const last = lines.at(-1);
    const begins = !last || (cut > 0 && label !== keys[i - 1]!.slice(0, cut));
    if (begins || last.to - last.from >= most) lines.push({ label: begins ? label : "", from: i, to: i + 1 });
    else last.to++;
  });
  return lines;
}
