// The grid of assets by partitions: arranges and paints it, and puts the tools around it.
import { makeChooser } from "./chooser";
import { h, inFrame } from "./element";
import type { GridCells } from "./gridcells";
import { makeAxes } from "./gridaxes";
import { gridHands } from "./gridhands";
import { makeHeat } from "./gridheat";
import { makeLinks } from "./gridlinks";
import { pivoted } from "./gridpivot";
import { gridPainter, groupHeight, groupTop, section, titleHeight, type Layout, type Marks } from "./gridpaint";
import { icon } from "./icons";
import { ceil, floor, max, min } from "./numbers";
import type { Theme } from "./theme";
import type { Wire } from "./wire";

const BROADEST = 40;
const TALLEST = 460;

export type GridPane = ReturnType<typeof gridPane>;

export function gridPane(wire: Wire, theme: () => Theme) {
  const layout: Layout = { width: 1, height: 1, left: 0, top: 0, labels: 0, cells: [], row: 20 };
  const marks: Marks = { cursor: null, hover: null, focused: false, links: null, ink: null };
  /** Whether the user chose the breadth of the cells. */
  let zoomed = false;
  const picture = inFrame(paint);
  const chooser = makeChooser({ wire, keys: null, arrange: renewed, paint: picture.soon, shape });
  const { runbar } = chooser;
  const heat = makeHeat(wire, picture.soon);
  const axes = makeAxes(() => {
    zoomed = false;
    chooser.reshape();
  });
  const canvas = h("canvas.as-grid-canvas", { "aria-hidden": "true" });
  const painter = gridPainter(canvas);
  const spacer = h("div.as-grid-spacer");
  const scroll = h("div.as-grid-scroll", { role: "grid", tabindex: 0, "aria-label": "Partitions. Arrow keys move, with shift they choose a range, Enter chooses, Escape clears." }, spacer);
  const stage = h("div.as-grid-stage", scroll, canvas, chooser.tip, chooser.empty);
  const tool = (name: "minus" | "plus" | "fit", title: string, act: () => void) =>
    h("button.as-tool", { title, "aria-label": title, onclick: act }, icon(name));
  const element = h("div.as-grid-pane",
    h("div.as-toolbar",
      runbar.buttons,
      h("span.as-space"),
      chooser.range,
      h("div.as-tools",
        tool("minus", "Narrower cells", () => zoom(0.7)),
        tool("plus", "Broader cells", () => zoom(1.4)),
        tool("fit", "Fit all columns", () => {
          zoomed = false;
          arrange();
        }),
      ),
    ),
    runbar.line,
    axes.element,
    stage,
    heat.element,
    chooser.legend,
    chooser.voice,
  );
  const links = makeLinks(wire, () => hands.retell());
  const hands = gridHands(scroll, chooser, layout, marks, links, heat.said, picture.soon, zoom);
  const watcher = new ResizeObserver(arrange);
  watcher.observe(stage);

  function close(): void {
    watcher.disconnect();
    picture.halt();
    chooser.close();
  }

  /** The cells have been told anew. */
  function shape(told: GridCells): GridCells {
    links.forget();
    heat.take(told);
    return pivoted(told, axes.take(told.view));
  }

  function renewed(): void {
    hands.forget();
    painter.forget();
    arrange();
  }

  function arrange(): void {
    const { cells } = chooser;
    const width = stage.clientWidth;
    if (!width || !cells) return;
    const { groups } = cells.view;
    const { font } = theme().palette;
    const names = groups.flatMap((g) => g.rows.map((r) => r.label));
    const widest = names.reduce((most, name) => max(most, painter.measure(name, `600 12px ${font}`)), 0);
    layout.labels = min(220, width * 0.35, ceil(widest) + 18);
    layout.cells = groups.map((_, g) => {
      const fit = fitting(cells, g);
      const before = layout.cells[g];
      return zoomed && before ? max(min(fit, 1), before) : comfortable(cells, g, fit, font);
    });
    const last = groups.length - 1;
    const content = last < 0 ? 60 : groupTop(cells, last, layout.row) + groupHeight(cells, last, layout.row) + 6;
    const whole = layout.labels + max(0, ...groups.map((_, g) => breadth(cells, g)));
    const broad = whole > width + 0.5;
    stage.style.height = `${max(60, min(TALLEST, content + (broad ? 14 : 0)))}px`;
    spacer.style.width = `${broad ? whole : 1}px`;
    spacer.style.height = `${content}px`;
    picture.now();
  }

  /** How broad the cells of a group are where all of them are seen at once. */
  function fitting(cells: GridCells, g: number): number {
    return (stage.clientWidth - layout.labels - 2) / max(1, cells.group(g).columns.length);
  }

  /** How broad a group is. */
  function breadth(cells: GridCells, g: number): number {
    return cells.group(g).columns.length * layout.cells[g]!;
  }

  /** All columns at once where they can be told apart; words over few columns get the room they need. */
  function comfortable(cells: GridCells, g: number, fit: number, font: string): number {
    const { columns } = cells.group(g);
    const words = /^\d{4}-\d\d/.test(columns[0] ?? "") ? [] : columns.slice(0, 60);
    const widest = words.reduce((most, word) => max(most, painter.measure(word, `11px ${font}`) + 10), 20);
    const cell = min(fit, max(20, min(110, widest)));
    return cell >= 4 ? floor(cell) : max(2, cell);
  }

  /** Every group by the same factor, within its own bounds; what the broadest shows under `at` stays there. */
  function zoom(factor: number, at?: number): void {
    const { cells } = chooser;
    if (!cells?.view.groups.length) return;
    const middle = at ?? layout.labels + (layout.width - layout.labels) / 2;
    const broadest = layout.cells.reduce((best, _, g) => (breadth(cells, g) > breadth(cells, best) ? g : best), 0);
    const before = section(cells, broadest, layout);
    const column = (before.left + middle - layout.labels) / before.cell;
    layout.cells = layout.cells.map((old, g) => {
      const fit = fitting(cells, g);
      const cell = min(max(BROADEST, fit), max(min(fit, 2), old * factor));
      return cell <= 4 ? cell : factor > 1 ? ceil(cell) : floor(cell);
    });
    zoomed = true;
    arrange();
    scroll.scrollLeft = column * layout.cells[broadest]! - (middle - layout.labels);
    picture.now();
  }

  function paint(): void {
    const { cells } = chooser;
    if (!cells || !scroll.clientWidth) return;
    layout.width = scroll.clientWidth;
    layout.height = scroll.clientHeight;
    layout.left = scroll.scrollLeft;
    layout.top = scroll.scrollTop;
    marks.links = links.over(cells);
    marks.ink = heat.ink(cells, theme().palette);
    painter.paint(cells, layout, theme().palette, marks);
    element.dataset.cell = (layout.cells[0] ?? 0).toFixed(2);
    element.dataset.cells = layout.cells.map((cell) => cell.toFixed(2)).join(" ");
    element.dataset.labels = String(layout.labels);
    element.dataset.titles = String(titleHeight(cells));
    element.dataset.chosen = String(cells.count);
  }

  return {
    element,
    close,
    take: chooser.take,
    reload: chooser.reload,
    showRun: runbar.showRun,
    showNote: runbar.showNote,
    repaint: picture.soon,
  };
}
