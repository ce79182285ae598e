// Paints edges on a canvas, and the nodes too where the zoom is too low for cards to be read.
import type { Box, Camera, Motion } from "./camera";
import type { EdgeView, Graph, NodeView, Point } from "./model";
import { abs, ceil, floor, max, min, round, sign } from "./numbers";
import type { Palette } from "./theme";

/** What the eye is led to; null leaves everything equal. */
export interface Emphasis {
  selected: ReadonlySet<string>;
  /** Only these stay bright. */
  bright: ReadonlySet<string> | null;
  hovered: string;
  focused: string;
}

interface Route {
  edge: EdgeView;
  points: Point[];
  box: Box;
}

export type EdgePainter = ReturnType<typeof edgePainter>;

export function edgePainter(canvas: HTMLCanvasElement) {
  /** Whether edges run from top to bottom; Python lays out, this only reads it off. */
  let vertical = true;
  let routes: Route[] = [];
  let ratio = 1;

  const context = canvas.getContext("2d")!;

  function resize(width: number, height: number): void {
    ratio = devicePixelRatio || 1;
    canvas.width = max(1, round(width * ratio));
    canvas.height = max(1, round(height * ratio));
  }

  /** Takes the graph's edges anew, clipped to the borders of their nodes. */
  function route(graph: Graph): void {
    let votes = 0;
    for (const edge of graph.edges) {
      const a = graph.nodes.get(edge.from);
      const b = graph.nodes.get(edge.to);
      if (!a || !b) continue;
      const start = edge.points[0];
      const [dx, dy] = start ? [abs(start[0] - a.x) / a.w, abs(start[1] - a.y) / a.h] : [0, 0];
      // an edge that starts on a border tells most; else the axis on which its ends are apart
      if (max(dx, dy) > 0.4) votes += dy >= dx ? 2 : -2;
      else if (abs(a.y - b.y) >= (a.h + b.h) / 2) votes++;
      else votes--;
    }
    if (votes !== 0) vertical = votes > 0;
    routes = [];
    for (const edge of graph.edges) {
      const a = graph.nodes.get(edge.from);
      const b = graph.nodes.get(edge.to);
      if (!a || !b) continue;
      const points = edge.points.length > 1 ? [...edge.points] : [[a.x, a.y] as Point, [b.x, b.y] as Point];
      points[0] = border(points[0]!, a, points[1]!);
      points[points.length - 1] = border(points.at(-1)!, b, points.at(-2)!);
      const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
      for (const [x, y] of points) {
        box.x0 = min(box.x0, x);
        box.y0 = min(box.y0, y);
        box.x1 = max(box.x1, x);
        box.y1 = max(box.y1, y);
      }
      routes.push({ edge, points, box });
    }
  }

  function paint(graph: Graph, camera: Camera, motion: Motion, look: Palette, emphasis: Emphasis, withNodes: boolean): void {
    const c = context;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    const k = camera.zoom * ratio;
    c.setTransform(k, 0, 0, k, camera.x * ratio, camera.y * ratio);
    const view = camera.visible(motion.going ? 400 : 20);
    paintEdges(camera.zoom, view, motion, look, emphasis);
    if (withNodes) paintNodes(graph, camera.zoom, view, motion, look, emphasis);
  }

  function border([x, y]: Point, node: NodeView, toward: Point): Point {
    const [dx, dy] = [node.w / 2, node.h / 2];
    if (abs(x - node.x) >= dx || abs(y - node.y) >= dy) return [x, y];
    return vertical ? [x, node.y + sign(toward[1] - node.y) * dy] : [node.x + sign(toward[0] - node.x) * dx, y];
  }

  function paintEdges(zoom: number, view: Box, motion: Motion, look: Palette, emphasis: Emphasis): void {
    const c = context;
    const width = max(1.4, 0.75 / zoom);
    const led: Route[] = [];
    const leading = emphasis.selected.size > 0 || emphasis.hovered !== "";
    const layers: [Path2D, Path2D, boolean][] = [
      [new Path2D(), new Path2D(), false],
      [new Path2D(), new Path2D(), true],
    ];
    const [plain, dashed] = layers as [[Path2D, Path2D, boolean], [Path2D, Path2D, boolean]];
    for (const route of routes) {
      const { edge, box } = route;
      if (box.x1 < view.x0 || box.x0 > view.x1 || box.y1 < view.y0 || box.y0 > view.y1) continue;
      if (leading && leads(edge, emphasis)) {
        led.push(route);
        continue;
      }
      const [line, heads] = edge.loads ? plain : dashed;
      trace(line, heads, route, motion, zoom, view);
    }
    const faint = emphasis.bright !== null ? 0.3 : leading ? 0.55 : 1;
    const fine = zoom > 0.22;
    c.lineJoin = fine ? "round" : "bevel";
    for (const [line, heads, dash] of layers) {
      c.globalAlpha = faint;
      c.strokeStyle = c.fillStyle = look.line;
      c.lineWidth = width;
      c.setLineDash(dash && fine ? [5, 5] : []);
      c.stroke(line);
      c.setLineDash([]);
      if (fine) c.fill(heads);
    }
    if (led.length) {
      c.globalAlpha = 1;
      c.strokeStyle = c.fillStyle = look.accent;
      c.lineWidth = width * 1.5;
      for (const route of led) {
        const line = new Path2D();
        const heads = new Path2D();
        trace(line, heads, route, motion, zoom, view);
        c.setLineDash(route.edge.loads ? [] : [5, 5]);
        c.stroke(line);
        c.setLineDash([]);
        c.fill(heads);
      }
    }
    c.globalAlpha = 1;
  }

  function leads(edge: EdgeView, emphasis: Emphasis): boolean {
    const { selected, hovered } = emphasis;
    return selected.has(edge.from) || selected.has(edge.to) || edge.from === hovered || edge.to === hovered;
  }

  function trace(line: Path2D, heads: Path2D, { edge, points }: Route, motion: Motion, zoom: number, view: Box): void {
    let at = points;
    if (motion.going) {
      // while nodes are on their way, each bend follows both ends by its share of the way
      const a = motion.offset(edge.from);
      const b = motion.offset(edge.to);
      if (a || b) {
        const last = points.length - 1;
        at = points.map(([x, y], i) => {
          const f = i / last;
          return [
            x + (a?.[0] ?? 0) * (1 - f) + (b?.[0] ?? 0) * f,
            y + (a?.[1] ?? 0) * (1 - f) + (b?.[1] ?? 0) * f,
          ] as Point;
        });
      }
    }
    const head = 7;
    let [x, y] = at[0]!;
    let joined = false;
    for (let i = 1; i < at.length; i++) {
      let [nx, ny] = at[i]!;
      const end = i === at.length - 1;
      if (end) vertical ? (ny -= sign(ny - y) * head * 0.8) : (nx -= sign(nx - x) * head * 0.8);
      // stretches out of sight are left out: stroking them costs most of a large picture
      if (max(x, nx) < view.x0 || min(x, nx) > view.x1 || max(y, ny) < view.y0 || min(y, ny) > view.y1) {
        joined = false;
        [x, y] = [nx, ny];
        continue;
      }
      if (!joined) line.moveTo(x, y);
      joined = true;
      if (zoom < 0.12) line.lineTo(nx, ny);
      else if (vertical) line.bezierCurveTo(x, (y + ny) / 2, nx, (y + ny) / 2, nx, ny);
      else line.bezierCurveTo((x + nx) / 2, y, (x + nx) / 2, ny, nx, ny);
      if (end && zoom > 0.22) arrow(heads, at[i]!, vertical ? sign(ny - y) : sign(nx - x), head);
      [x, y] = [nx, ny];
    }
  }

  function arrow(path: Path2D, [x, y]: Point, sign: number, size: number): void {
    const back = -sign * size;
    const half = size * 0.5;
    path.moveTo(x, y);
    if (vertical) {
      path.lineTo(x - half, y + back);
      path.lineTo(x + half, y + back);
    } else {
      path.lineTo(x + back, y - half);
      path.lineTo(x + back, y + half);
    }
    path.closePath();
  }

  function paintNodes(
    graph: Graph,
    zoom: number,
    view: Box,
    motion: Motion,
    look: Palette,
    emphasis: Emphasis,
  ): void {
    const c = context;
    const size = min(10 / zoom, 34);
    const words = size * zoom >= 6.5;
    c.font = `600 ${size}px ${look.font}`;
    c.textBaseline = "middle";
    // from afar one path per colour: thousands of single rectangles would cost a frame each
    const plain = new Map<string, Path2D>();
    for (const node of graph.nodes.values()) {
      const offset = motion.going ? motion.offset(node.id) : undefined;
      const x = node.x - node.w / 2 + (offset?.[0] ?? 0);
      const y = node.y - node.h / 2 + (offset?.[1] ?? 0);
      if (x > view.x1 || y > view.y1 || x + node.w < view.x0 || y + node.h < view.y0) continue;
      const colour = look.states[node.state] ?? look.soft;
      const open = node.type === "ghost" || node.mark === "remembered";
      const pale = emphasis.bright && !emphasis.bright.has(node.id);
      if (words) {
        c.globalAlpha = pale ? 0.22 : 1;
        c.fillStyle = look.card;
        c.fillRect(x, y, node.w, node.h);
        c.fillStyle = colour;
        c.fillRect(x, y, max(6, 3 / zoom), node.h);
        c.strokeStyle = colour;
        c.lineWidth = 1 / zoom;
        c.setLineDash(open ? [4 / zoom, 3 / zoom] : []);
        c.strokeRect(x, y, node.w, node.h);
        c.setLineDash([]);
        c.fillStyle = look.text;
        // measuring every name would cost more than painting it
        const room = floor((node.w - 9 / zoom) / (size * 0.66));
        // many names begin alike: the end tells them apart
        const kept = max(1, room - 1) / 2;
        const name = node.label.length > room ? `${node.label.slice(0, ceil(kept))}…${node.label.slice(node.label.length - floor(kept))}` : node.label;
        c.fillText(name, x + 6 / zoom, node.y + (offset?.[1] ?? 0), node.w - 8 / zoom);
      } else {
        const key = `${colour} ${pale ? 0.22 : open ? 0.45 : 1}`;
        let path = plain.get(key);
        if (!path) plain.set(key, (path = new Path2D()));
        path.rect(x, y, node.w, node.h);
      }
    }
    for (const [key, path] of plain) {
      const cut = key.lastIndexOf(" ");
      c.fillStyle = key.slice(0, cut);
      c.globalAlpha = Number(key.slice(cut));
      c.fill(path);
    }
    c.globalAlpha = 1;
    c.strokeStyle = look.accent;
    for (const id of new Set([...emphasis.selected, emphasis.focused])) {
      const node = graph.nodes.get(id);
      if (!node) continue;
      c.lineWidth = 2.5 / zoom;
      c.strokeRect(node.x - node.w / 2 - 2 / zoom, node.y - node.h / 2 - 2 / zoom, node.w + 4 / zoom, node.h + 4 / zoom);
    }
  }

  return {
    get vertical() {
      return vertical;
    },
    resize,
    route,
    paint,
  };
}
