// The cells of a grid as bytes: where each one is, what it is, which are chosen. No drawing.
import type { GridGroup, GridView } from "./model";
import { max, min } from "./numbers";

export const NONE = 255;

export interface Cell {
  group: number;
  row: number;
  column: number;
}

export class GridCells {
  /** One byte a cell, 1 where chosen, laid out like the states. */
  chosen: Uint8Array;
  count = 0;

  constructor(
    readonly view: GridView,
    readonly bytes: Uint8Array,
  ) {
    this.chosen = new Uint8Array(bytes.length);
  }

  group(index: number): GridGroup {
    return this.view.groups[index]!;
  }

  index({ group, row, column }: Cell): number {
    const g = this.group(group);
    return g.offset + row * g.columns.length + column;
  }

  state(cell: Cell): string | null {
    const byte = this.bytes[this.index(cell)] ?? NONE;
    return byte === NONE ? null : (this.view.states[byte] ?? null);
  }

  /** The cells as the kernel told them; others than these where they are arranged otherwise. */
  get inner(): GridCells {
    return this;
  }

  /** The cells of the kernel that one of these stands for. */
  parts(i: number): ArrayLike<number> {
    return [i];
  }

  /** Asset and partition of a cell; null where it stands for several, or for none. */
  piece(i: number): [string, string] | null {
    for (const { offset, rows, columns } of this.view.groups) {
      const at = i - offset;
      if (at < 0 || at >= rows.length * columns.length || this.bytes[i] === NONE) continue;
      return [rows[Math.floor(at / columns.length)]!.id, columns[at % columns.length]!];
    }
    return null;
  }

  /** Calls `act` for every cell of an asset in these ranges of keys. */
  each(id: string, ranges: [string, string][], act: (i: number) => void): void {
    for (const { offset, rows, columns } of this.view.groups) {
      rows.forEach((row, r) => {
        if (row.id !== id) return;
        for (const [first, last] of ranges) {
          const from = columns.indexOf(first);
          const to = first === last ? from : columns.indexOf(last);
          for (let column = from; from >= 0 && column <= to; column++) act(offset + r * columns.length + column);
        }
      });
    }
  }

  /** The state of a cell in words. */
  said(cell: Cell): string {
    return this.state(cell) ?? "no such partition";
  }

  /** What a cell is of: asset, and partition. */
  name({ group, row, column }: Cell): [string, string] {
    const { rows, columns } = this.group(group);
    const { id, part } = rows[row]!;
    return [id, part === undefined ? columns[column]! : `${part} · ${columns[column]}`];
  }

  clear(): void {
    this.chosen.fill(0);
    this.count = 0;
  }

  /** What is chosen, to come back to. */
  mark(): Uint8Array {
    return this.chosen.slice();
  }

  back(mark: Uint8Array, count: number): void {
    this.chosen.set(mark);
    this.count = count;
  }

  /** Chooses, or lets go, every cell between two corners; both lie in one group. */
  rectangle(a: Cell, b: Cell, value = 1): void {
    const g = this.group(a.group);
    const width = g.columns.length;
    const [r0, r1] = [min(a.row, b.row), max(a.row, b.row)];
    const [c0, c1] = [min(a.column, b.column), max(a.column, b.column)];
    for (let row = r0; row <= r1; row++) this.span(g.offset + row * width + c0, g.offset + row * width + c1 + 1, value);
  }

  /** Chooses every cell in a state. */
  inState(state: string): void {
    const byte = this.view.states.indexOf(state);
    if (byte < 0) return;
    for (let i = 0; i < this.bytes.length; i++) if (this.bytes[i] === byte) this.put(i, 1);
  }

  /** Chooses the columns from one key to another, in the rows already touched or in all, where `state` is
      given only the cells in it; says whether there are such columns. */
  range(from: string, to: string, state = ""): boolean {
    const rows: [GridGroup, number, number, number][] = [];
    for (const g of this.view.groups) {
      const [c0, c1] = bounds(g.columns, from, to);
      if (c0 > c1) continue;
      for (let row = 0; row < g.rows.length; row++) rows.push([g, row, c0, c1]);
    }
    if (!rows.length) return false;
    const touched = rows.filter(([g, row]) => this.chosenIn(g, row) > 0);
    const used = touched.length ? touched : rows;
    const only = state ? this.view.states.indexOf(state) : -1;
    this.clear();
    for (const [g, row, c0, c1] of used) {
      const start = g.offset + row * g.columns.length;
      this.span(start + c0, start + c1 + 1, 1, only);
    }
    return true;
  }

  chosenIn(g: GridGroup, row: number): number {
    const start = g.offset + row * g.columns.length;
    let n = 0;
    for (let i = start; i < start + g.columns.length; i++) n += this.chosen[i]!;
    return n;
  }

  /** The chosen partition keys by asset, in the order of the columns. */
  keys(): Record<string, string[]> {
    const out: Record<string, string[]> = {};
    for (const g of this.view.groups) {
      g.rows.forEach((row, r) => {
        const start = g.offset + r * g.columns.length;
        const keys = g.columns.filter((_, c) => this.chosen[start + c] === 1);
        if (keys.length) out[row.id] = [...(out[row.id] ?? []), ...keys];
      });
    }
    return out;
  }

  /** Takes over what was chosen in a former grid: as it is where the cells are the same, else by asset and key. */
  adopt(old: GridCells, same: boolean): void {
    if (same) {
      this.chosen = old.chosen;
      this.count = old.count;
      return;
    }
    const kept = old.count ? old.keys() : {};
    for (const g of this.view.groups) {
      g.rows.forEach((row, r) => {
        const wanted = new Set(kept[row.id]);
        g.columns.forEach((key, c) => {
          if (wanted.has(key)) this.put(g.offset + r * g.columns.length + c, 1);
        });
      });
    }
  }

  /** How many cells there are in each state. */
  counts(): Record<string, number> {
    const tally = new Uint32Array(256);
    for (const byte of this.bytes) tally[byte]!++;
    return Object.fromEntries(this.view.states.map((name, i) => [name, tally[i]!]));
  }

  private span(from: number, to: number, value: number, only = -1): void {
    for (let i = from; i < to; i++) this.put(i, value, only);
  }

  /** Chooses a cell or lets it go; with `only`, if that is its state. */
  put(i: number, value: number, only = -1): void {
    const byte = this.bytes[i];
    if (byte === NONE || this.chosen[i] === value || (only >= 0 && byte !== only)) return;
    this.chosen[i] = value;
    this.count += value ? 1 : -1;
  }
}

/** First and last column between two keys; a key may be given by its beginning, or be left out. */
export function bounds(columns: string[], from: string, to: string): [number, number] {
  const sorted = columns.every((key, i) => i === 0 || columns[i - 1]! <= key);
  const first = (key: string): number => {
    if (!key) return 0;
    const exact = columns.indexOf(key);
    if (exact >= 0) return exact;
    const start = columns.findIndex((column) => column.startsWith(key));
    if (start >= 0) return start;
    const after = sorted ? columns.findIndex((column) => column >= key) : -1;
    return after >= 0 ? after : columns.length;
  };
  const last = (key: string): number => {
    if (!key) return columns.length - 1;
    const exact = columns.indexOf(key);
    if (exact >= 0) return exact;
    const start = columns.findLastIndex((column) => column.startsWith(key));
    if (start >= 0) return start;
    return sorted ? columns.findLastIndex((column) => column <= key) : -1;
  };
  return [first(from), last(to)];
}
