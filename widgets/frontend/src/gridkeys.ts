// The keyboard's way through the grid: a cursor that moves, speaks, chooses, and stays in sight.
import type { Chooser } from "./chooser";
import type { Cell, GridCells } from "./gridcells";
import { GAP, groupTop, HEAD, section, titleHeight, type Layout, type Marks } from "./gridpaint";
import { max, min } from "./numbers";

const MOVES: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-10, 0],
  PageDown: [10, 0],
};

/** Does what a key means; returns where ranges start from now on. */
export function gridKeys(
  event: KeyboardEvent,
  scroll: HTMLElement,
  chooser: Chooser,
  layout: Layout,
  marks: Marks,
  anchor: Cell | null,
): Cell | null {
  const { cells } = chooser;
  if (!cells?.view.groups.length || event.ctrlKey || event.metaKey || event.altKey) return anchor;
  const { cursor } = marks;
  const at = cursor ?? { group: 0, row: 0, column: 0 };
  const move = MOVES[event.key];
  marks.focused = true;
  if (move) {
    const next = cursor ? moved(cells, at, move, event.shiftKey) : at;
    if (event.shiftKey) {
      anchor ??= at;
      if (anchor.group === next.group) {
        cells.clear();
        cells.rectangle(anchor, next);
        chooser.choiceChanged();
      }
    } else anchor = next;
    marks.cursor = next;
    bring(cells, next, scroll, layout);
    chooser.say(spoken(cells, next));
  } else if (event.key === "Enter" || event.key === " ") {
    cells.rectangle(at, at, cells.chosen[cells.index(at)] === 1 ? 0 : 1);
    anchor = marks.cursor = at;
    chooser.choiceChanged();
    chooser.say(spoken(cells, at));
  } else if (event.key === "Escape" && cells.count) {
    anchor = null;
    chooser.clear();
  } else if (event.key === "m" && cells.count) chooser.runbar.materialize("due");
  else return anchor;
  event.preventDefault();
  return anchor;
}

function moved(cells: GridCells, at: Cell, [rows, columns]: [number, number], stay: boolean): Cell {
  let { group } = at;
  let row = at.row + rows;
  const count = cells.group(group).rows.length;
  if (!stay && row >= count && group + 1 < cells.view.groups.length) [group, row] = [group + 1, 0];
  else if (!stay && row < 0 && group > 0) [group, row] = [group - 1, cells.group(group - 1).rows.length - 1];
  const g = cells.group(group);
  const clamp = (place: number, most: number) => max(0, min(most - 1, place));
  return { group, row: clamp(row, g.rows.length), column: clamp(at.column + columns, g.columns.length) };
}

/** Scrolls just enough that a cell shows. */
function bring(cells: GridCells, cell: Cell, scroll: HTMLElement, layout: Layout): void {
  const broad = layout.cells[cell.group] ?? 1;
  const { left } = section(cells, cell.group, { ...layout, left: scroll.scrollLeft });
  const x = cell.column * broad;
  const room = scroll.clientWidth - layout.labels;
  if (x < left) scroll.scrollLeft = x;
  else if (x + broad > left + room) scroll.scrollLeft = x + broad - room + 2;
  const above = groupTop(cells, cell.group, layout.row) + cell.row * layout.row;
  const y = above + titleHeight(cells) + HEAD;
  if (above < scroll.scrollTop) scroll.scrollTop = above;
  else if (y + layout.row > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = y + layout.row - scroll.clientHeight + GAP;
}

function spoken(cells: GridCells, cell: Cell): string {
  const [asset, partition] = cells.name(cell);
  const chosen = cells.chosen[cells.index(cell)] === 1;
  return `${asset}, ${partition}, ${cells.said(cell)}${chosen ? ", chosen" : ""}. ${cells.count} chosen`;
}
