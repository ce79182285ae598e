// What hands and keys do on the grid: cells, rows and columns are chosen, the pointer tells.
import type { Chooser } from "./chooser";
import { on, pointIn } from "./element";
import type { Cell, GridCells } from "./gridcells";
import { gridKeys } from "./gridkeys";
import type { Links } from "./gridlinks";
import { groupTop, HEAD, headTop, section, titleHeight, type Layout, type Marks } from "./gridpaint";
import { exp, floor, max, min } from "./numbers";
import { tallyText } from "./states";

interface Hit {
  part: "cell" | "label" | "head";
  cell: Cell;
}

/** Listens on the grid's scroller. */
export function gridHands(
  scroll: HTMLElement,
  chooser: Chooser,
  layout: Layout,
  marks: Marks,
  links: Links,
  heat: (i: number) => string,
  paintSoon: () => void,
  zoom: (factor: number, at: number) => void,
) {
  let anchor: Cell | null = null;
  let part: Hit["part"] = "cell";
  let base: Uint8Array | null = null;
  let baseCount = 0;
  let value = 1;
  let alone = false;
  /** Where the pointer was last, and over what. */
  let last: [MouseEvent, Hit | null] | null = null;

  function hit(cells: GridCells, event: MouseEvent): Hit | null {
    const [x, y] = pointIn(scroll, event);
    const title = titleHeight(cells);
    for (let group = 0; group < cells.view.groups.length; group++) {
      const g = cells.group(group);
      const head = headTop(cells, group, layout);
      const first = groupTop(cells, group, layout.row) - layout.top + title + HEAD;
      const last = first + g.rows.length * layout.row;
      if (y < head || y >= max(last, head + HEAD)) continue;
      const { left, cell: broad } = section(cells, group, layout);
      const column = floor((x - layout.labels + left) / broad);
      const inside = column >= 0 && column < g.columns.length && x >= layout.labels;
      const cell = { group, row: 0, column: max(0, min(g.columns.length - 1, column)) };
      if (y < head + title + HEAD) return inside ? { part: "head", cell } : null;
      cell.row = min(g.rows.length - 1, floor((y - first) / layout.row));
      if (x < layout.labels) return { part: "label", cell };
      return inside ? { part: "cell", cell } : null;
    }
    return null;
  }

  /** The nearest cell of the anchor's group, for drags that leave it. */
  function nearest(cells: GridCells, event: MouseEvent, group: number): Cell {
    const g = cells.group(group);
    const [x, y] = pointIn(scroll, event);
    const first = groupTop(cells, group, layout.row) - layout.top + titleHeight(cells) + HEAD;
    const { left, cell } = section(cells, group, layout);
    const clamp = (place: number, most: number) => max(0, min(most - 1, floor(place)));
    return {
      group,
      row: clamp((y - first) / layout.row, g.rows.length),
      column: clamp((x - layout.labels + left) / cell, g.columns.length),
    };
  }

  function stretch(cells: GridCells, end: Cell): void {
    if (!anchor || !base) return;
    cells.back(base, baseCount);
    const g = cells.group(anchor.group);
    const a = { ...anchor };
    const b = { ...end };
    if (part === "head") [a.row, b.row] = [0, g.rows.length - 1];
    if (part === "label") [a.column, b.column] = [0, g.columns.length - 1];
    cells.rectangle(a, b, value);
    chooser.choiceChanged();
  }

  function press(event: PointerEvent): void {
    const { cells } = chooser;
    const [x, y] = pointIn(scroll, event);
    // the scrollbars are the browser's
    if (!cells || event.button !== 0 || x >= scroll.clientWidth || y >= scroll.clientHeight) return;
    const found = hit(cells, event);
    if (!found) return;
    scroll.setPointerCapture(event.pointerId);
    part = found.part;
    const add = event.ctrlKey || event.metaKey;
    const was = cells.chosen[cells.index(found.cell)] === 1;
    alone = !add && !event.shiftKey && part === "cell" && was && cells.count === 1;
    value = add && was && !event.shiftKey ? 0 : 1;
    if (!add) cells.clear();
    base = cells.mark();
    baseCount = cells.count;
    if (!event.shiftKey || anchor?.group !== found.cell.group) anchor = found.cell;
    marks.cursor = found.cell;
    stretch(cells, found.cell);
  }

  function drag(cells: GridCells, event: PointerEvent, from: Cell): void {
    const [x, y] = pointIn(scroll, event);
    if (x > scroll.clientWidth - 8) scroll.scrollLeft += 24;
    else if (x < layout.labels && part !== "label") scroll.scrollLeft -= 24;
    if (y > scroll.clientHeight - 4) scroll.scrollTop += 12;
    else if (y < HEAD) scroll.scrollTop -= 12;
    layout.left = scroll.scrollLeft;
    layout.top = scroll.scrollTop;
    const at = nearest(cells, event, from.group);
    const { cursor } = marks;
    if (cursor && at.row === cursor.row && at.column === cursor.column) return;
    alone = false;
    marks.cursor = at;
    stretch(cells, at);
    point(event, { part: "cell", cell: at });
  }

  function release(): void {
    if (!base) return;
    base = null;
    if (alone) {
      anchor = null;
      chooser.clear();
    }
    chooser.sayCount();
  }

  /** Shows the tip of the cell, row or column under the pointer. */
  function point(event: MouseEvent, found: Hit | null): void {
    const { cells } = chooser;
    if (!cells) return;
    const lines: [string, string][] = [];
    last = [event, found];
    marks.hover = found?.part === "cell" ? found.cell : null;
    // a drag asks for nothing
    links.point(cells, base ? null : marks.hover);
    if (found) {
      const { cell } = found;
      const g = cells.group(cell.group);
      const row = g.rows[cell.row]!;
      if (found.part !== "head") lines.push([row.id, ""]);
      if (found.part === "label") lines.push([row.part ?? "", tallyText(row.counts)]);
      else if (found.part === "head") lines.push([g.columns[cell.column]!, ""]);
      else lines.push([cells.name(cell)[1], cells.said(cell)]);
    }
    if (found?.part === "cell") {
      const number = heat(cells.index(found.cell));
      if (number) lines.push(["", number]);
      lines.push(...links.said());
    }
    chooser.point(lines, ...pointIn(scroll, event));
    paintSoon();
  }

  on(scroll, "pointerdown", press);
  on(scroll, "pointermove", (event) => {
    const { cells } = chooser;
    if (!cells) return;
    if (base && anchor) drag(cells, event, anchor);
    else point(event, hit(cells, event));
  });
  on(scroll, "pointerup", release);
  on(scroll, "pointercancel", release);
  on(scroll, "pointerleave", (event) => point(event, null));
  on(scroll, "scroll", paintSoon);
  on(scroll, "wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(exp(-max(-60, min(60, event.deltaY)) * 0.006), pointIn(scroll, event)[0]);
    },
    { passive: false },
  );
  on(scroll, "focus", () => {
    marks.focused = scroll.matches(":focus-visible");
    paintSoon();
  });
  on(scroll, "blur", () => {
    marks.focused = false;
    paintSoon();
  });
  on(scroll, "keydown", (event) => {
    anchor = gridKeys(event, scroll, chooser, layout, marks, anchor);
    if (chooser.cells && marks.cursor) links.point(chooser.cells, marks.cursor);
    paintSoon();
  });

  return {
    /** Other partitions: cursor and anchor are of those before. */
    forget(): void {
      anchor = marks.cursor = marks.hover = last = null;
    },
    /** What is known of the cell under the pointer, or the cursor, has grown. */
    retell(): void {
      if (marks.hover && last) point(...last);
      else if (marks.focused) chooser.say(links.said().map(([, text]) => text).join("; "));
      paintSoon();
    },
  };
}
