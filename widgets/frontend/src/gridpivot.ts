// Partitions of several dimensions as a table of two of them: the others are held at one key, or summed.
// Every cell shown stands for the kernel's cells behind it, and what is chosen is chosen among those.
import { GridCells, NONE, type Cell } from "./gridcells";
import type { Counts, GridGroup, GridView } from "./model";
import { tallyText } from "./states";

/** Which dimension goes down ("": the assets), which across, and which keys the others are held at. */
export interface Pivot {
  rows: string;
  columns: string;
  held: Record<string, string>;
}

/** The same for groups of the same dimensions; "" for a group that has less than two. */
export function dimensionsKey(group: GridGroup): string {
  return group.dimensions.length > 1 ? JSON.stringify(group.dimensions.map(({ name }) => name)) : "";
}

/** The cells as the pivots show them; as they are where no group has dimensions. */
export function pivoted(told: GridCells, pivots: Map<string, Pivot>): GridCells {
  if (!told.view.groups.some(dimensionsKey)) return told;
  const groups: GridGroup[] = [];
  const at = new Int32Array(told.bytes.length).fill(-1);
  let size = 0;
  const add = (group: Omit<GridGroup, "offset">) => {
    const offset = size;
    size += group.columns.length * group.rows.length;
    groups.push({ ...group, offset });
    return offset;
  };
  for (const group of told.view.groups) {
    const pivot = pivots.get(dimensionsKey(group));
    const { columns, rows, dimensions, offset } = group;
    if (!pivot) {
      const start = add(group);
      for (let i = 0; i < columns.length * rows.length; i++) at[offset + i] = start + i;
      continue;
    }
    const down = dimensions.find(({ name }) => name === pivot.rows);
    const across = dimensions.find(({ name }) => name === pivot.columns)!;
    const held = dimensions.filter((each) => each !== down && each !== across && each.name in pivot.held);
    const where = held.map(({ name }) => `, ${name} ${pivot.held[name]}`).join("");
    const title = `${down ? `${down.name} × ` : ""}${across.name}${where}`;
    const plain = { columns: across.keys, dimensions: [], titled: true };
    const whole = down ? -1 : add({ ...plain, title: `${group.title} · ${title}`, rows: rows.map((row) => ({ ...row })) });
    rows.forEach((row, r) => {
      const start = down ? add({ ...plain, title: `${row.label} · ${title}`, rows: down.keys.map((key) => ({ id: row.id, label: key, part: key, counts: {} })) }) : whole + r * across.keys.length;
      const digits = new Map(dimensions.map((each) => [each, 0]));
      for (let column = 0; column < columns.length; column++) {
        let rest = column;
        for (let d = dimensions.length - 1; d >= 0; d--) {
          const each = dimensions[d]!;
          digits.set(each, rest % each.keys.length);
          rest = Math.floor(rest / each.keys.length);
        }
        if (held.some((each) => each.keys[digits.get(each)!] !== pivot.held[each.name])) continue;
        at[offset + r * columns.length + column] = start + (down ? digits.get(down)! * across.keys.length : 0) + digits.get(across)!;
      }
    });
  }
  return new PivotCells(told, { ...told.view, groups }, at, size);
}

class PivotCells extends GridCells {
  /** The kernel's cells behind each cell shown, and where those of each begin. */
  private readonly members: Uint32Array;
  private readonly starts: Uint32Array;

  constructor(
    private readonly told: GridCells,
    view: GridView,
    private readonly at: Int32Array,
    size: number,
  ) {
    super(view, new Uint8Array(size).fill(NONE));
    this.starts = new Uint32Array(size + 1);
    for (const d of at) if (d >= 0) this.starts[d + 1]!++;
    for (let d = 0; d < size; d++) this.starts[d + 1]! += this.starts[d]!;
    this.members = new Uint32Array(this.starts[size]!);
    const next = this.starts.slice();
    at.forEach((d, u) => {
      if (d < 0) {
        // what is not shown cannot stay chosen
        told.put(u, 0);
        return;
      }
      this.members[next[d]!++] = u;
      // the kernel's states come with the most urgent in front, and that one shows
      if (told.bytes[u]! < this.bytes[d]!) this.bytes[d] = told.bytes[u]!;
    });
    for (const g of view.groups) {
      g.rows.forEach((row, r) => {
        const start = g.offset + r * g.columns.length;
        row.counts = this.tally(start, start + g.columns.length);
      });
    }
    this.refresh();
  }

  override get inner(): GridCells {
    return this.told;
  }

  override parts(i: number): Uint32Array {
    return this.members.subarray(this.starts[i], this.starts[i + 1]);
  }

  override clear(): void {
    this.told.clear();
    super.clear();
  }

  override mark(): Uint8Array {
    return this.told.mark();
  }

  override back(mark: Uint8Array, count: number): void {
    this.told.back(mark, count);
    this.refresh();
  }

  override put(i: number, value: number, only = -1): void {
    let any = 0;
    for (const u of this.parts(i)) {
      this.told.put(u, value, only);
      any |= this.told.chosen[u]!;
    }
    this.chosen[i] = any;
    this.count = this.told.count;
  }

  override inState(state: string): void {
    const byte = this.view.states.indexOf(state);
    for (const u of this.members) if (this.told.bytes[u] === byte) this.told.put(u, 1);
    this.refresh();
  }

  override keys(): Record<string, string[]> {
    return this.told.keys();
  }

  override counts(): Counts {
    return this.tally(0, this.bytes.length);
  }

  override piece(i: number): [string, string] | null {
    const parts = this.parts(i);
    return parts.length === 1 ? this.told.piece(parts[0]!) : null;
  }

  override each(id: string, ranges: [string, string][], act: (i: number) => void): void {
    this.told.each(id, ranges, (u) => this.at[u]! >= 0 && act(this.at[u]!));
  }

  override said(cell: Cell): string {
    const i = this.index(cell);
    return this.parts(i).length > 1 ? tallyText(this.tally(i, i + 1)) || super.said(cell) : super.said(cell);
  }

  /** How many of the kernel's cells behind some of these are in each state. */
  private tally(from: number, to: number): Counts {
    const out: Counts = {};
    for (const u of this.members.subarray(this.starts[from], this.starts[to])) {
      const state = this.view.states[this.told.bytes[u]!];
      if (state) out[state] = (out[state] ?? 0) + 1;
    }
    return out;
  }

  private refresh(): void {
    this.chosen.fill(0);
    for (const u of this.members) if (this.told.chosen[u]) this.chosen[this.at[u]!] = 1;
    this.count = this.told.count;
  }
}
