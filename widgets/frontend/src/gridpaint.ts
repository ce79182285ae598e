// Draws a grid of partitions on a canvas: one pass over the visible bytes into an image, then
// labels, ticks and the choice over it. Where columns are finer than pixels, the most urgent
// state under a pixel is the one that shows.
import type { Cell, GridCells } from "./gridcells";
import { NONE } from "./gridcells";
import { FED, FEEDS } from "./gridlinks";
import { ceil, floor, max, min, round } from "./numbers";
import { mix, pack, rgb, type Ink } from "./paint";
import { byUrgency, glyphPath } from "./states";
import type { Palette } from "./theme";
import { ticks, type Tick } from "./ticks";

export const TITLE = 24;
export const HEAD = 34;
export const GAP = 14;

/** Where everything is, in CSS pixels; `cells` has the breadth of a cell for each group. */
export interface Layout {
  width: number;
  height: number;
  left: number;
  top: number;
  labels: number;
  cells: number[];
  row: number;
}

/** The same for one group: how broad its cells are, and how far it is scrolled. */
export interface Section extends Layout {
  cell: number;
}

/** One group's part of the layout: a group that needs less room than there is stays where it is. */
export function section(cells: GridCells, index: number, layout: Layout): Section {
  const cell = layout.cells[index] ?? 1;
  const beyond = cells.group(index).columns.length * cell - (layout.width - layout.labels);
  return { ...layout, cell, left: max(0, min(layout.left, beyond)) };
}

export interface Marks {
  cursor: Cell | null;
  hover: Cell | null;
  focused: boolean;
  /** Per cell, what it is to the one under the pointer. */
  links: Uint8Array | null;
  /** What is painted instead of the states. */
  ink: Ink | null;
}

/** Top of a group within the content. */
export function groupTop(cells: GridCells, index: number, row: number): number {
  let y = 0;
  for (let i = 0; i < index; i++) y += groupHeight(cells, i, row) + GAP;
  return y;
}

export function titleHeight(cells: GridCells): number {
  const { groups } = cells.view;
  return groups.some((g) => g.title && (g.titled || groups.length > 1)) ? TITLE : 0;
}

export function groupHeight(cells: GridCells, index: number, row: number): number {
  return titleHeight(cells) + HEAD + cells.group(index).rows.length * row;
}

/** The part of a group's head that shows: it sticks to the top while any of its rows is in sight. */
export function headTop(cells: GridCells, index: number, layout: Layout): number {
  const top = groupTop(cells, index, layout.row) - layout.top;
  const end = top + groupHeight(cells, index, layout.row) - titleHeight(cells) - HEAD - layout.row;
  return max(top, min(0, end));
}

export type GridPainter = ReturnType<typeof gridPainter>;

export function gridPainter(canvas: HTMLCanvasElement) {
  const image = document.createElement("canvas");
  let ratio = 1;
  const tickCache = new Map<number, [string, Tick[]]>();

  const context = canvas.getContext("2d")!;

  function measure(text: string, font: string): number {
    context.font = font;
    return context.measureText(text).width;
  }

  function paint(cells: GridCells, layout: Layout, look: Palette, marks: Marks): void {
    const c = context;
    ratio = devicePixelRatio || 1;
    const [w, h] = [round(layout.width * ratio), round(layout.height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      canvas.style.width = `${layout.width}px`;
      canvas.style.height = `${layout.height}px`;
    }
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = look.page;
    c.fillRect(0, 0, layout.width, layout.height);
    for (let g = 0; g < cells.view.groups.length; g++) {
      const top = groupTop(cells, g, layout.row) - layout.top;
      if (top > layout.height || top + groupHeight(cells, g, layout.row) < 0) continue;
      paintGroup(cells, g, top, section(cells, g, layout), look, marks);
    }
  }

  function paintGroup(cells: GridCells, g: number, top: number, layout: Section, look: Palette, marks: Marks): void {
    const c = context;
    const group = cells.group(g);
    const title = titleHeight(cells);
    const head = headTop(cells, g, layout);
    const first = top + title + HEAD;
    const r0 = max(0, floor((head + title + HEAD - first) / layout.row));
    const r1 = min(group.rows.length, ceil((layout.height - first) / layout.row));
    const c0 = max(0, floor(layout.left / layout.cell));
    const c1 = min(group.columns.length, ceil((layout.left + layout.width - layout.labels) / layout.cell));
    const x0 = layout.labels - layout.left;

    c.save();
    c.beginPath();
    c.rect(layout.labels, head + title + HEAD, layout.width - layout.labels, layout.height);
    c.clip();
    if (r1 > r0 && c1 > c0) {
      const ink = marks.ink ?? lookup(cells, look);
      states(cells, g, first, [r0, r1], [c0, c1], x0, layout, look, ink);
      if (layout.cell >= 3 && cells.count) {
        c.strokeStyle = look.accent;
        c.lineWidth = 1.5;
        outlines(cells, g, first, [r0, r1], [c0, c1], x0, layout, cells.chosen, 1);
      }
      if (ink.text) figures(cells, g, first, [r0, r1], [c0, c1], x0, layout, look, ink);
      else if (layout.cell >= 14) glyphs(cells, g, first, [r0, r1], [c0, c1], x0, layout, look);
    }
    if (marks.links && r1 > r0 && c1 > c0) {
      c.strokeStyle = look.text;
      c.lineWidth = 2;
      for (const mark of [FEEDS, FED]) {
        c.setLineDash(mark === FED ? [3, 2] : []);
        outlines(cells, g, first, [r0, r1], [c0, c1], x0, layout, marks.links, mark);
      }
      c.setLineDash([]);
    }
    for (const [cell, strong] of [
      [marks.hover, false],
      [marks.focused ? marks.cursor : null, true],
    ] as const) {
      if (!cell || cell.group !== g) continue;
      const width = max(3, layout.cell);
      const x = x0 + (cell.column + 0.5) * layout.cell - width / 2;
      const y = first + cell.row * layout.row;
      c.lineWidth = strong ? 2 : 1.5;
      c.strokeStyle = look.text;
      c.strokeRect(x - 0.5, y + 0.5, width, layout.row - 2);
    }
    c.restore();

    names(cells, g, first, [r0, r1], head + title + HEAD, layout, look, marks);
    paintHead(cells, g, head, title, x0, layout, look, marks);
  }

  function states(
    cells: GridCells,
    g: number,
    first: number,
    [r0, r1]: [number, number],
    [c0, c1]: [number, number],
    x0: number,
    layout: Section,
    look: Palette,
    { bytes, full, faded, rank }: Ink,
  ): void {
    const group = cells.group(g);
    const left = max(layout.labels, x0 + c0 * layout.cell);
    const right = min(layout.width, x0 + c1 * layout.cell);
    const width = max(1, round((right - left) * ratio));
    const start = new Uint32Array(width + 1);
    for (let p = 0; p <= width; p++) {
      const column = (left - x0 + ((right - left) * p) / width) / layout.cell;
      start[p] = min(c1, max(c0, floor(column + 1e-6)));
    }
    const data = new ImageData(width, r1 - r0);
    const pixels = new Uint32Array(data.data.buffer);
    const { chosen } = cells;
    const some = cells.count > 0;
    for (let row = r0; row < r1; row++) {
      const base = group.offset + row * group.columns.length;
      const line = (row - r0) * width;
      for (let p = 0; p < width; p++) {
        const from = start[p]!;
        const to = max(from + 1, start[p + 1]!);
        let byte = bytes[base + from]!;
        let picked = chosen[base + from]!;
        for (let i = from + 1; i < to; i++) {
          const next = bytes[base + i]!;
          if (rank[next]! < rank[byte]!) byte = next;
          picked |= chosen[base + i]!;
        }
        pixels[line + p] = some && !picked ? faded[byte]! : full[byte]!;
      }
    }
    image.width = width;
    image.height = r1 - r0;
    image.getContext("2d")!.putImageData(data, 0, 0);
    const c = context;
    c.imageSmoothingEnabled = false;
    c.drawImage(image, left, first + r0 * layout.row, right - left, (r1 - r0) * layout.row);
    c.fillStyle = look.page;
    const gap = layout.row >= 12 ? 2 : 1;
    for (let row = r0; row < r1; row++) c.fillRect(left, first + (row + 1) * layout.row - gap, right - left, gap);
    if (layout.cell >= 4) {
      for (let column = c0; column < c1; column++) c.fillRect(x0 + (column + 1) * layout.cell - 1, first + r0 * layout.row, 1, (r1 - r0) * layout.row);
    }
  }

  /** Packed colours by byte, as they are and faded, and the urgency of each. */
  function lookup(cells: GridCells, look: Palette): Ink {
    const full = new Uint32Array(256);
    const faded = new Uint32Array(256);
    const rank = new Uint8Array(256).fill(250);
    const order = [...cells.view.states].sort(byUrgency);
    const page = rgb(look.page);
    cells.view.states.forEach((state, i) => {
      const colour = rgb(look.states[state] ?? look.soft);
      full[i] = pack(colour);
      faded[i] = pack(mix(colour, page, 0.68));
      rank[i] = order.indexOf(state);
    });
    full[NONE] = faded[NONE] = pack(mix(rgb(look.text), page, 0.95));
    return { bytes: cells.bytes, full, faded, rank };
  }

  /** Lines around the stretches of cells that have a mark. */
  function outlines(
    cells: GridCells,
    g: number,
    first: number,
    [r0, r1]: [number, number],
    [c0, c1]: [number, number],
    x0: number,
    layout: Section,
    marked: Uint8Array,
    mark: number,
  ): void {
    const c = context;
    const columns = cells.group(g).columns.length;
    const offset = cells.group(g).offset;
    c.beginPath();
    for (let row = r0; row < r1; row++) {
      let from = -1;
      for (let column = c0; column <= c1; column++) {
        const on = column < c1 && (marked[offset + row * columns + column]! & mark) > 0;
        if (on && from < 0) from = column;
        if (!on && from >= 0) {
          const broad = max(3, (column - from) * layout.cell - 0.5);
          c.rect(x0 + (from + column) * layout.cell / 2 - broad / 2 - 0.5, first + row * layout.row - 0.25, broad, layout.row - 1.5);
          from = -1;
        }
      }
    }
    c.stroke();
  }

  function glyphs(
    cells: GridCells,
    g: number,
    first: number,
    [r0, r1]: [number, number],
    [c0, c1]: [number, number],
    x0: number,
    layout: Section,
    look: Palette,
  ): void {
    const c = context;
    const size = min(11, layout.cell - 5, layout.row - 6);
    for (let row = r0; row < r1; row++) {
      for (let column = c0; column < c1; column++) {
        const state = cells.state({ group: g, row, column });
        if (!state) continue;
        const { path, stroke } = glyphPath(state);
        c.save();
        c.translate(x0 + (column + 0.5) * layout.cell - 0.5 - size / 2, first + (row + 0.5) * layout.row - 1 - size / 2);
        c.scale(size / 12, size / 12);
        const [r, gr, b] = rgb(look.states[state] ?? look.soft);
        const faded = cells.count > 0 && !cells.chosen[cells.index({ group: g, row, column })];
        c.strokeStyle = c.fillStyle = faded ? look.soft : r * 0.3 + gr * 0.59 + b * 0.11 > 140 ? "#1b1b1b" : "#ffffff";
        c.globalAlpha = faded ? 0.5 : 0.9;
        c.lineWidth = 1.8;
        stroke ? c.stroke(path) : c.fill(path);
        c.restore();
      }
    }
  }

  /** Numbers on the cells where they fit. */
  function figures(
    cells: GridCells,
    g: number,
    first: number,
    [r0, r1]: [number, number],
    [c0, c1]: [number, number],
    x0: number,
    layout: Section,
    look: Palette,
    ink: Ink,
  ): void {
    if (layout.cell < 24) return;
    const c = context;
    c.font = `11px ${look.font}`;
    c.textBaseline = "middle";
    for (let row = r0; row < r1; row++) {
      for (let column = c0; column < c1; column++) {
        const i = cells.index({ group: g, row, column });
        const text = ink.text!(i);
        const width = c.measureText(text).width;
        if (width > layout.cell - 4) continue;
        const faded = cells.count > 0 && !cells.chosen[i];
        c.fillStyle = faded ? look.text : ink.dark![ink.bytes[i]!] ? "#ffffff" : "#1b1b1b";
        c.fillText(text, x0 + (column + 0.5) * layout.cell - width / 2, first + (row + 0.5) * layout.row - 0.5);
      }
    }
  }

  function names(
    cells: GridCells,
    g: number,
    first: number,
    [r0, r1]: [number, number],
    clip: number,
    layout: Section,
    look: Palette,
    marks: Marks,
  ): void {
    if (!layout.labels) return;
    const c = context;
    const group = cells.group(g);
    c.save();
    c.beginPath();
    c.rect(0, clip, layout.labels, layout.height);
    c.clip();
    c.fillStyle = look.page;
    c.fillRect(0, clip, layout.labels, layout.height);
    c.textBaseline = "middle";
    for (let row = r0; row < r1; row++) {
      const on = marks.hover?.group === g && marks.hover.row === row;
      c.font = `${on ? 600 : 400} 12px ${look.font}`;
      c.fillStyle = look.text;
      const y = first + (row + 0.5) * layout.row - 0.5;
      const sign = linked(group.offset + row * group.columns.length, group.columns.length, marks.links);
      c.fillText(shorten(group.rows[row]!.label, layout.labels - (sign ? 26 : 14)), 4, y);
      if (sign) c.fillText(sign, layout.labels - 8 - c.measureText(sign).width, y);
    }
    c.restore();
  }

  /** The sign of a row that feeds the cell under the pointer, is fed by it, or both. */
  function linked(start: number, length: number, links: Uint8Array | null): string {
    let found = 0;
    for (let i = start; links && i < start + length; i++) found |= links[i]!;
    return (found & FEEDS ? "↑" : "") + (found & FED ? "↓" : "");
  }

  function paintHead(cells: GridCells, g: number, y: number, title: number, x0: number, layout: Section, look: Palette, marks: Marks): void {
    const c = context;
    const group = cells.group(g);
    c.fillStyle = look.page;
    c.fillRect(0, y, layout.width, title + HEAD);
    if (title) {
      c.font = `600 12px ${look.font}`;
      c.textBaseline = "middle";
      c.fillStyle = look.text;
      c.fillText(shorten(group.title, layout.width - 12), 4, y + title / 2);
    }
    c.save();
    c.beginPath();
    c.rect(layout.labels, y + title, layout.width - layout.labels, HEAD);
    c.clip();
    c.font = `11px ${look.font}`;
    c.textBaseline = "middle";
    c.strokeStyle = look.line;
    c.lineWidth = 1;
    const upperY = y + title + 9;
    const lowerY = y + title + 23;
    const made = ticksOf(cells, g, layout, look);
    const twoRows = made.some((tick) => tick.upper);
    const uppers = made.filter((tick) => tick.upper);
    uppers.forEach((tick, i) => {
      // the unit in which the view begins stays named at the left edge
      const width = c.measureText(tick.text).width;
      const next = uppers[i + 1] ? x0 + uppers[i + 1]!.column * layout.cell - width - 8 : Infinity;
      const x = min(max(x0 + tick.column * layout.cell, layout.labels), max(next, x0 + tick.column * layout.cell));
      c.fillStyle = look.text;
      if (x + width <= layout.width) c.fillText(tick.text, x, upperY);
    });
    c.fillStyle = look.soft;
    for (const tick of made) {
      const x = x0 + tick.column * layout.cell;
      if (x > layout.width || x < layout.labels - 160) continue;
      const text = tick.upper ? "" : shorten(tick.text, 120);
      if (text && x + c.measureText(text).width <= layout.width) c.fillText(text, x, lowerY);
      c.beginPath();
      c.moveTo(x + 0.5, tick.upper && twoRows ? y + title + 2 : y + title + HEAD - 5);
      c.lineTo(x + 0.5, y + title + HEAD - 1);
      if (!tick.upper) c.stroke();
    }
    if (marks.hover && marks.hover.group === g) {
      c.fillStyle = look.text;
      c.fillRect(x0 + marks.hover.column * layout.cell, y + title + HEAD - 3, max(2, layout.cell - 1), 2);
    }
    c.restore();
  }

  function ticksOf(cells: GridCells, g: number, layout: Section, look: Palette): Tick[] {
    const key = `${layout.cell} ${look.font}`;
    const known = tickCache.get(g);
    if (known?.[0] === key) return known[1];
    context.font = `11px ${look.font}`;
    const made = ticks(cells.group(g).columns, layout.cell, (text) => context.measureText(text).width);
    tickCache.set(g, [key, made]);
    return made;
  }

  /** Other columns: the ticks are worked out anew. */
  function forget(): void {
    tickCache.clear();
  }

  function shorten(text: string, width: number): string {
    const c = context;
    if (c.measureText(text).width <= width) return text;
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (c.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
      else high = middle - 1;
    }
    return `${text.slice(0, low)}…`;
  }

  return {
    measure,
    paint,
    forget,
    canvas,
  };
}
