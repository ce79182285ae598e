// What the cell under the pointer reads, and what reads it: the kernel knows the mappings and is asked
// once the pointer rests. Its answers are kept until the grid is told anew.
import type { Cell, GridCells } from "./gridcells";
import type { RelatedLine, RelatedView } from "./model";
import { viewIn, type Wire } from "./wire";

const REST = 90;
export const FEEDS = 1;
export const FED = 2;
const SHOWN = 4;

export type Links = ReturnType<typeof makeLinks>;

export function makeLinks(wire: Wire, changed: () => void) {
  let known = new Map<string, RelatedView>();
  let wanted = "";
  let told: RelatedView | null = null;
  let timer = 0;
  let marks: Uint8Array | null = null;
  let marked: GridCells | null = null;

  /** The pointer, or the keyboard's cursor, is on a cell or on none. */
  function point(cells: GridCells, cell: Cell | null): void {
    const piece = cell && cells.piece(cells.index(cell));
    const name = piece ? JSON.stringify(piece) : "";
    if (name === wanted) return;
    clearTimeout(timer);
    wanted = name;
    told = known.get(name) ?? null;
    marked = null;
    if (piece && !told) timer = setTimeout(() => void ask(name, piece), REST);
  }

  async function ask(name: string, [key, partition]: [string, string]): Promise<void> {
    const kept = known;
    try {
      const view = viewIn<RelatedView>(await wire.ask("related", { key, partition }), "related", "up");
      if (view) kept.set(name, view);
      if (!view || name !== wanted || kept !== known) return;
      told = view;
      marked = null;
      changed();
    } catch {
      // a cell without links is all that is lost
    }
  }

  /** Per cell whether it feeds the one under the pointer, is fed by it, or both. */
  function over(cells: GridCells): Uint8Array | null {
    if (marked === cells) return marks;
    marked = cells;
    marks = null;
    if (!told || !(told.up.length || told.down.length)) return null;
    const found = new Uint8Array(cells.bytes.length);
    const lay = (lines: RelatedLine[], mark: number) => {
      for (const line of lines) cells.each(line.id, line.ranges, (i) => (found[i]! |= mark));
    };
    lay(told.up, FEEDS);
    lay(told.down, FED);
    return (marks = found);
  }

  /** The same in words: what is read, and what reads it. */
  function said(): [string, string][] {
    if (!told) return [];
    const words = (lines: RelatedLine[]) =>
      lines.slice(0, SHOWN).map(({ id, total }) => (total > 1 ? `${total.toLocaleString("en")} of ${id}` : id)).join(", ") + (lines.length > SHOWN ? ` and ${lines.length - SHOWN} more` : "");
    const out: [string, string][] = [];
    if (told.up.length) out.push(["", `↑ reads ${words(told.up)}`]);
    if (told.down.length) out.push(["", `↓ read by ${words(told.down)}`]);
    return out;
  }

  return {
    point,
    over,
    said,
    /** The grid has been told anew: so may be what its partitions read. */
    forget(): void {
      known = new Map();
      wanted = "";
      told = marked = null;
      clearTimeout(timer);
    },
  };
}
