// The stage puts camera, cards, edges and minimap together and turns what hands and keys do on
// it into intentions: select, open, materialize. It asks nobody and decides nothing.
import { Camera, Motion, type Box } from "./camera";
import { edgePainter, type Emphasis } from "./edges";
import { h, on } from "./element";
import { makeMinimap } from "./minimap";
import type { Change, Graph, NodeView, Point } from "./model";
import { makeCards, spoken } from "./nodes";
import { abs, exp, max, min, round } from "./numbers";
import type { Selection } from "./selection";
import type { Theme } from "./theme";

const CARDS_FROM = 0.3;
/** The least zoom at which a view that nobody chose shows everything: names have eight pixels there. */
const LEGIBLE = 0.45;
/** Where that is not enough, the zoom at which such a view shows a part. */
const READABLE = 0.62;
const MOST_CARDS = 400;
const MINIMAP_FROM = 60;
/** In less breadth it would hide what it is to lead to. */
const MINIMAP_IN = 420;
const MANY_EDGES = 2500;
const LOWEST = 400;
const TALLEST = 640;

export interface Intentions {
  open: (id: string) => void;
  materialize: () => void;
  find: () => void;
  leave: () => void;
}

export type Stage = ReturnType<typeof makeStage>;

export function makeStage(graph: Graph, selection: Selection, theme: () => Theme, intend: Intentions) {
  let bright: ReadonlySet<string> | null = null;
  /** The part that panels cover. */
  const free = { right: 0, bottom: 0 };
  const layer = h("div.as-cards");
  const voice = h("div.as-unseen", { "aria-live": "polite" });
  const list = h("ul.as-unseen", { "aria-label": "All assets" });
  const empty = h("div.as-empty");
  /** What the nodes take up, worked out once for each change. */
  let extent: Box | null = null;
  let hovered = "";
  let current = "";
  let focused = "";
  let frame = 0;
  let listTimer = 0;
  let coverTimer = 0;
  let fitted = false;
  let asCards = false;
  /** Something other than the camera has changed since the last picture. */
  let dirty = true;
  let drawnAt = { x: 0, y: 0, zoom: 0 };
  let restTimer = 0;
  /** The height that this gave, to know one that the user dragged. */
  let given = "";

  const canvas = h("canvas.as-edges", { "aria-hidden": "true" });
  const camera = new Camera(() => {
    dirty &&= frame !== 0;
    paintSoon();
  });
  const motion = new Motion(paintSoon);
  const edges = edgePainter(canvas);
  const cards = makeCards(layer);
  const minimap = makeMinimap(camera);
  const element = h("div.as-stage", { role: "group", "aria-label": "Lineage graph. Arrow keys walk along edges, Enter opens details, M materializes." },
    canvas,
    layer,
    minimap.element,
    empty,
    voice,
    list,
  );
  listen();
  const watcher = new ResizeObserver(resize);
  watcher.observe(element);
  selection.onChange(paintSoon);

  function close(): void {
    watcher.disconnect();
    camera.halt();
    motion.close();
    cancelAnimationFrame(frame);
    clearTimeout(listTimer);
    clearTimeout(coverTimer);
    clearTimeout(restTimer);
  }

  /** Takes a change of the graph: eases what moved, keeps the camera where the user left it. */
  function changed(change: Change, former: Map<string, NodeView>): void {
    if (change.moved) {
      extent = null;
      const offsets = new Map<string, Point>();
      for (const [id, node] of graph.nodes) {
        const old = former.get(id);
        if (old && (old.x !== node.x || old.y !== node.y)) offsets.set(id, [old.x - node.x, old.y - node.y]);
      }
      edges.route(graph);
      motion.from(offsets);
    }
    if (current && !graph.nodes.has(current)) current = "";
    if (change.moved) heighten();
    if (!fitted) fitFirst();
    else if (change.moved && !camera.moved && outgrown()) fitReadable();
    clearTimeout(listTimer);
    listTimer = setTimeout(relist, 400);
    paintSoon();
  }

  /** As high as the graph needs, within bounds, until the user sets a height. It only grows. */
  function heighten(): void {
    const root = element.closest<HTMLElement>(".as-lineage");
    if (!root || !graph.nodes.size) return;
    const { y0, y1 } = bounds();
    const want = round(min(TALLEST, max(LOWEST, y1 - y0 + 170)));
    const now = root.style.height;
    if (now !== given || want <= (parseInt(given) || 0)) return;
    root.style.height = given = `${want}px`;
    resize();
  }

  function fit(): void {
    if (graph.nodes.size) camera.fit(bounds(), free, true);
  }

  /** A view nobody asked for: whole where that can be read, else the part where the graph begins. */
  function fitReadable(eased = true): void {
    if (graph.nodes.size) camera.fit(bounds(), free, eased, LEGIBLE, READABLE, graph.nodes.values().next().value);
  }

  /** A new layout is on its way: whenever it comes, it is shown whole. */
  function refit(): void {
    if (!camera.moved) fitReadable();
  }

  /** Zooms about the middle of the free part. */
  function zoom(factor: number): void {
    camera.zoomAt((camera.width - free.right) / 2, camera.height / 2, factor);
  }

  /** Brings a node into view; far away ones come to the middle at a readable zoom. */
  function reveal(id: string, readable = false): void {
    const node = graph.nodes.get(id);
    if (!node) return;
    if (readable && camera.zoom < 0.6) {
      const near = 0.8;
      const x = (camera.width - free.right) / 2 - node.x * near;
      camera.go(x, camera.height / 2 - node.y * near, near, true);
      camera.moved = true;
    } else camera.reveal(box(node), free);
  }

  /** Only these stay bright; null leaves all as they are. */
  function brighten(ids: ReadonlySet<string> | null): void {
    bright = ids;
    paintSoon();
  }

  /** A panel covers the right side: what the user has not moved makes room for it. */
  function cover(width: number): void {
    if (free.right === width) return;
    free.right = width;
    clearTimeout(coverTimer);
    // not at once: the second press of a double click must find its node where the first did
    coverTimer = setTimeout(refit, 320);
    paintSoon();
  }

  function paintSoon(): void {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function bounds(): Box {
    if (extent) return extent;
    const all = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
    for (const node of graph.nodes.values()) {
      const { x0, y0, x1, y1 } = box(node);
      all.x0 = min(all.x0, x0);
      all.y0 = min(all.y0, y0);
      all.x1 = max(all.x1, x1);
      all.y1 = max(all.y1, y1);
    }
    extent = all;
    return all;
  }

  function outgrown(): boolean {
    const all = bounds();
    const view = camera.visible();
    const right = view.x1 - free.right / camera.zoom;
    return all.x0 < view.x0 || all.y0 < view.y0 || all.x1 > right || all.y1 > view.y1;
  }

  function resize(): void {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height) return;
    const before = [camera.width, camera.height];
    camera.width = width;
    camera.height = height;
    edges.resize(width, height);
    if (!fitted) fitFirst();
    else if (!camera.moved && (before[0] !== width || before[1] !== height)) fitReadable(false);
    dirty = true;
    paint();
  }

  function fitFirst(): void {
    if (graph.nodes.size === 0 || element.clientWidth === 0) return;
    fitted = true;
    fitReadable(false);
  }

  function paint(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    const look = theme().palette;
    const nothing = graph.nodes.size === 0;
    empty.style.display = nothing ? "" : "none";
    empty.textContent = nothing
      ? graph.rev < 0
        ? "Waiting for the kernel…"
        : "No assets yet. Run a cell that defines one, and it appears here."
      : "";
    const seen = camera.zoom >= CARDS_FROM ? visible() : [];
    asCards = camera.zoom >= CARDS_FROM && seen.length <= MOST_CARDS;
    const emphasis: Emphasis = {
      selected: selection.ids,
      bright,
      hovered,
      focused,
    };
    // a costly picture is only shifted while the view is dragged, and drawn anew when it rests
    if (graph.edges.length > MANY_EDGES && !dirty && drawnAt.zoom === camera.zoom && !asCards) {
      canvas.style.transform = `translate(${camera.x - drawnAt.x}px,${camera.y - drawnAt.y}px)`;
      clearTimeout(restTimer);
      restTimer = setTimeout(paintSoon, 90);
    } else {
      edges.paint(graph, camera, motion, look, emphasis, !asCards);
      canvas.style.transform = "";
      drawnAt = { x: camera.x, y: camera.y, zoom: camera.zoom };
    }
    dirty = true;
    if (asCards) {
      // the one that Tab reaches is always in the page, also when it is out of sight
      const stop = current || selection.latest || graph.nodes.keys().next().value || "";
      const extra = graph.nodes.get(stop);
      if (extra && !seen.includes(extra)) seen.push(extra);
      cards.show(seen, motion, emphasis, stop);
      layer.style.transform = `translate(${camera.x}px,${camera.y}px) scale(${camera.zoom})`;
      layer.dataset.far = camera.zoom < 0.5 ? "2" : camera.zoom < 0.78 ? "1" : "0";
    } else cards.clear();
    element.tabIndex = asCards || nothing ? -1 : 0;
    element.dataset.zoom = camera.zoom.toFixed(3);
    minimap.paint(graph, bounds, look, graph.nodes.size > MINIMAP_FROM && camera.width - free.right > MINIMAP_IN && outgrown());
    minimap.element.style.right = `${free.right + 10}px`;
  }

  function visible(): NodeView[] {
    const view = camera.visible(motion.going ? 200 : 40);
    const seen: NodeView[] = [];
    for (const node of graph.nodes.values()) {
      const { x0, y0, x1, y1 } = box(node);
      if (x1 >= view.x0 && x0 <= view.x1 && y1 >= view.y0 && y0 <= view.y1) seen.push(node);
    }
    return seen;
  }

  /** The tree of names for readers of screens, refreshed when things are quiet. */
  function relist(): void {
    const items: HTMLElement[] = [];
    for (const node of graph.nodes.values()) {
      const from = graph.up.get(node.id);
      items.push(h("li", `${node.id}, ${node.state}${from ? `, from ${from.join(", ")}` : ""}`));
      if (items.length >= 2000) break;
    }
    list.replaceChildren(...items);
  }

  // ---- hands

  function at(event: MouseEvent): string {
    const card = (event.target as Element).closest<HTMLElement>(".as-node");
    if (card) return card.dataset.id ?? "";
    if (asCards) return "";
    const rect = element.getBoundingClientRect();
    const [x, y] = camera.world(event.clientX - rect.left, event.clientY - rect.top);
    for (const node of graph.nodes.values()) {
      if (abs(node.x - x) <= node.w / 2 && abs(node.y - y) <= node.h / 2) return node.id;
    }
    return "";
  }

  function listen(): void {
    let from: Point | null = null;
    let travelled = 0;
    let pressed = "";

    on(element, "pointerdown", (event) => {
      if (event.button !== 0 || event.target === minimap.element) return;
      from = [event.clientX, event.clientY];
      travelled = 0;
      pressed = at(event);
    });
    on(element, "pointermove", (event) => {
      if (from) {
        const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
        travelled += abs(dx) + abs(dy);
        if (travelled < 4) return;
        if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
        element.classList.add("as-grabbed");
        from = [event.clientX, event.clientY];
        camera.pan(dx, dy);
        return;
      }
      hover(at(event));
    });
    const release = (event: PointerEvent) => {
      if (!from) return;
      from = null;
      element.classList.remove("as-grabbed");
      if (event.type === "pointercancel" || travelled >= 4) return;
      if (!pressed) selection.clear();
      else if (event.shiftKey || event.ctrlKey || event.metaKey) selection.toggle(pressed);
      else selection.only(pressed);
      if (pressed) step(pressed, false);
    };
    on(element, "pointerup", release);
    on(element, "pointercancel", release);
    on(element, "pointerleave", () => hover(""));
    on(element, "dblclick", (event) => {
      const id = at(event);
      const rect = element.getBoundingClientRect();
      if (id) intend.open(id);
      else if (event.target !== minimap.element) camera.zoomAt(event.clientX - rect.left, event.clientY - rect.top, 1.6);
    });
    // a plain wheel belongs to the page
    on(element, "wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const rect = element.getBoundingClientRect();
        const factor = exp(-max(-60, min(60, event.deltaY)) * 0.006);
        camera.zoomAt(event.clientX - rect.left, event.clientY - rect.top, factor);
      },
      { passive: false },
    );
    on(element, "keydown", (event) => key(event));
    on(element, "focusin", (event) => {
      const id = (event.target as HTMLElement).dataset?.id ?? current;
      focused = id;
      if (id) current = id;
      paintSoon();
    });
    on(element, "focusout", () => {
      focused = "";
      paintSoon();
    });
  }

  function hover(id: string): void {
    if (hovered === id) return;
    hovered = id;
    if (!asCards) {
      const node = graph.nodes.get(id);
      element.title = node ? `${node.id}\n${node.state}${node.cause ? ` · ${node.cause}` : ""}` : "";
    } else element.removeAttribute("title");
    element.classList.toggle("as-over", id !== "");
    paintSoon();
  }

  // ---- keys

  function key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = current || selection.latest || graph.nodes.keys().next().value || "";
    const act = actions(here, event.shiftKey)[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function actions(here: string, shift: boolean): Record<string, () => void> {
    const materialize = () => {
      if (here && !selection.ids.has(here)) selection.only(here);
      intend.materialize();
    };
    return {
      ArrowUp: () => walk(here, 0, -1),
      ArrowDown: () => walk(here, 0, 1),
      ArrowLeft: () => walk(here, -1, 0),
      ArrowRight: () => walk(here, 1, 0),
      Home: () => step(graph.nodes.keys().next().value ?? ""),
      Enter: () => {
        if (!here) return;
        selection.only(here);
        intend.open(here);
      },
      " ": () => {
        if (here) shift ? selection.toggle(here) : selection.only(here);
      },
      m: materialize,
      M: materialize,
      f: () => fit(),
      "+": () => zoom(1.25),
      "=": () => zoom(1.25),
      "-": () => zoom(0.8),
      "/": () => intend.find(),
      Escape: () => {
        if (selection.ids.size) selection.clear();
        else intend.leave();
      },
    };
  }

  /** One step: along an edge on the axis of the ranks, to the nearest neighbour across it. */
  function walk(here: string, dx: number, dy: number): void {
    const node = graph.nodes.get(here);
    if (!node) return;
    if (!current) {
      step(here);
      return;
    }
    const along = edges.vertical ? dy : dx;
    const [main, cross] = edges.vertical ? (["y", "x"] as const) : (["x", "y"] as const);
    let best = "";
    let least = Infinity;
    if (along) {
      for (const id of (along > 0 ? graph.down : graph.up).get(here) ?? []) {
        const next = graph.nodes.get(id);
        if (!next) continue;
        const far = abs(next[cross] - node[cross]) + abs(next[main] - node[main]) / 4;
        if (far < least) [best, least] = [id, far];
      }
    } else {
      const sign = edges.vertical ? dx : dy;
      const size = edges.vertical ? node.h : node.w;
      for (const [id, next] of graph.nodes) {
        const far = (next[cross] - node[cross]) * sign;
        const off = abs(next[main] - node[main]);
        if (far <= 0 || off > size) continue;
        if (far + off < least) [best, least] = [id, far + off];
      }
    }
    if (best) step(best);
  }

  /** Makes a node the current one: it gets the focus, and is spoken where it has no element. */
  function step(id: string, move = true): void {
    const node = graph.nodes.get(id);
    if (!node) return;
    current = id;
    focused = id;
    if (move) reveal(id);
    paint();
    const card = cards.element(id);
    if (card) card.focus({ preventScroll: true });
    else {
      element.focus({ preventScroll: true });
      voice.textContent = spoken(node);
    }
  }

  return {
    element,
    camera,
    close,
    brighten,
    cover,
    changed,
    fit,
    get vertical() {
      return edges.vertical;
    },
    refit,
    zoom,
    reveal,
    paintSoon,
  };
}

function box(node: NodeView): Box {
  return { x0: node.x - node.w / 2, y0: node.y - node.h / 2, x1: node.x + node.w / 2, y1: node.y + node.h / 2 };
}
