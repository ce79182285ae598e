// The whole graph in a corner, with a frame for what the stage shows; a press moves the view.
import type { Box, Camera } from "./camera";
import { h, on } from "./element";
import type { Graph } from "./model";
import { max, min } from "./numbers";
import type { Palette } from "./theme";

const WIDTH = 168;
const TALLEST = 104;
const LOWEST = 36;

export type Minimap = ReturnType<typeof makeMinimap>;

export function makeMinimap(camera: Camera) {
  let scale = 1;
  let dx = 0;
  let dy = 0;
  let drawn = "";
  let high = TALLEST;
  const copy = document.createElement("canvas");

  const element = h("canvas.as-minimap", { "aria-hidden": "true", title: "Press or drag to move the view" });
  on(element, "pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    move(event);
    event.stopPropagation();
  });
  on(element, "pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) move(event);
  });

  function paint(graph: Graph, bounds: () => Box, look: Palette, show: boolean): void {
    element.style.display = show ? "" : "none";
    if (!show) return;
    const ratio = devicePixelRatio || 1;
    // the first palette may be read before the style sheet is there
    const key = `${graph.rev} ${look.dark} ${look.states.fresh} ${ratio}`;
    if (key !== drawn) {
      drawn = key;
      sketch(graph, bounds(), look, ratio);
    }
    const c = element.getContext("2d")!;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, element.width, element.height);
    c.drawImage(copy, 0, 0);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    frameView(c, look);
  }

  /** The nodes, drawn once for every change of the graph. */
  function sketch(graph: Graph, bounds: Box, look: Palette, ratio: number): void {
    const c = copy.getContext("2d")!;
    const [w, hgt] = [bounds.x1 - bounds.x0 || 1, bounds.y1 - bounds.y0 || 1];
    scale = min((WIDTH - 10) / w, (TALLEST - 10) / hgt);
    high = max(LOWEST, hgt * scale + 10);
    element.style.height = `${high}px`;
    copy.width = element.width = WIDTH * ratio;
    copy.height = element.height = high * ratio;
    dx = (WIDTH - w * scale) / 2 - bounds.x0 * scale;
    dy = (high - hgt * scale) / 2 - bounds.y0 * scale;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const node of graph.nodes.values()) {
      c.fillStyle = look.states[node.state] ?? look.soft;
      c.fillRect(
        (node.x - node.w / 2) * scale + dx,
        (node.y - node.h / 2) * scale + dy,
        max(1.5, node.w * scale - 0.5),
        max(1.5, node.h * scale),
      );
    }
  }

  function frameView(c: CanvasRenderingContext2D, look: Palette): void {
    const view = camera.visible();
    c.strokeStyle = look.accent;
    c.lineWidth = 1.5;
    const x0 = max(1, view.x0 * scale + dx);
    const y0 = max(1, view.y0 * scale + dy);
    const x1 = min(WIDTH - 1, view.x1 * scale + dx);
    const y1 = min(high - 1, view.y1 * scale + dy);
    if (x1 > x0 && y1 > y0) c.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }

  function move(event: PointerEvent): void {
    const rect = element.getBoundingClientRect();
    const x = (event.clientX - rect.left - dx) / scale;
    const y = (event.clientY - rect.top - dy) / scale;
    const [px, py] = camera.screen(x, y);
    camera.pan(camera.width / 2 - px, camera.height / 2 - py);
  }

  return {
    element,
    paint,
  };
}
