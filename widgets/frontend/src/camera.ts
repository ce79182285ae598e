// Where the view looks: world coordinates (the layout's) to pixels of the stage. Moves may be
// eased; a move by the user's hand ends any easing and marks the camera as the user's own.
import type { Point } from "./model";
import { max, min } from "./numbers";

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export const NEAR = 2.5;
export const FAR = 0.04;

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Camera {
  x = 0;
  y = 0;
  zoom = 1;
  width = 1;
  height = 1;
  /** Whether the user moved it since the last fit. */
  moved = false;
  /** Whether the last fit left something outside. */
  partial = false;
  private frame = 0;

  constructor(private readonly changed: () => void) {}

  screen(x: number, y: number): Point {
    return [x * this.zoom + this.x, y * this.zoom + this.y];
  }

  world(x: number, y: number): Point {
    return [(x - this.x) / this.zoom, (y - this.y) / this.zoom];
  }

  /** The part of the world that shows, widened by `margin` pixels. */
  visible(margin = 0): Box {
    const [x0, y0] = this.world(-margin, -margin);
    const [x1, y1] = this.world(this.width + margin, this.height + margin);
    return { x0, y0, x1, y1 };
  }

  pan(dx: number, dy: number): void {
    this.hand();
    this.x += dx;
    this.y += dy;
    this.changed();
  }

  /** Zooms so that the world's point under (px, py) stays under it. */
  zoomAt(px: number, py: number, factor: number): void {
    this.hand();
    const zoom = min(NEAR, max(FAR, this.zoom * factor));
    const [wx, wy] = this.world(px, py);
    this.zoom = zoom;
    this.x = px - wx * zoom;
    this.y = py - wy * zoom;
    this.changed();
  }

  /** Shows the whole box within the free part of the stage; where that would take less than the
      zoom `least`, shows the part of it around `first`, at the zoom `near`. */
  fit(box: Box, free: { right: number; bottom: number }, eased: boolean, least = FAR, near = FAR, first = { x: 0, y: 0 }): void {
    const pad = 20;
    const width = max(80, this.width - free.right - 2 * pad);
    const height = max(80, this.height - free.bottom - 2 * pad);
    const [broad, high] = [max(1, box.x1 - box.x0), max(1, box.y1 - box.y0)];
    const whole = min(1, width / broad, height / high);
    this.partial = whole < least;
    const zoom = this.partial ? near : whole;
    const place = (room: number, size: number, start: number, at: number) => {
      const over = max(0, size * zoom - room);
      return pad + max(0, (room - size * zoom) / 2) - start * zoom - max(0, min(over, (at - start) * zoom - room / 2));
    };
    this.go(place(width, broad, box.x0, first.x), place(height, high, box.y0, first.y), zoom, eased);
    this.moved = false;
  }

  /** Pans just enough that the box shows in the free part of the stage. */
  reveal(box: Box, free: { right: number; bottom: number }): void {
    const pad = 24;
    const [x0, y0] = this.screen(box.x0, box.y0);
    const [x1, y1] = this.screen(box.x1, box.y1);
    const dx = x0 < pad ? pad - x0 : min(0, this.width - free.right - pad - x1);
    const dy = y0 < pad ? pad - y0 : min(0, this.height - free.bottom - pad - y1);
    if (!dx && !dy) return;
    // from here on a part of a large graph is the one that the user went to
    this.moved ||= this.partial;
    this.go(this.x + dx, this.y + dy, this.zoom, true);
  }

  go(x: number, y: number, zoom: number, eased: boolean): void {
    this.halt();
    if (!eased || still()) {
      [this.x, this.y, this.zoom] = [x, y, zoom];
      this.changed();
      return;
    }
    const [x0, y0, z0] = [this.x, this.y, this.zoom];
    const start = performance.now();
    const step = (now: number) => {
      const t = min(1, (now - start) / 240);
      const e = 1 - (1 - t) ** 3;
      this.x = x0 + (x - x0) * e;
      this.y = y0 + (y - y0) * e;
      this.zoom = z0 + (zoom - z0) * e;
      this.frame = t < 1 ? requestAnimationFrame(step) : 0;
      this.changed();
    };
    this.frame = requestAnimationFrame(step);
  }

  halt(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private hand(): void {
    this.halt();
    this.moved = true;
  }
}

/** Eases former positions into new ones, so that a graph that changes can be followed by eye. */
export class Motion {
  private offsets = new Map<string, Point>();
  private start = 0;
  private frame = 0;

  constructor(private readonly changed: () => void) {}

  get going(): boolean {
    return this.frame !== 0;
  }

  /** Starts from how far each node's old place is from its new one. */
  from(offsets: Map<string, Point>): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (still() || offsets.size === 0) {
      this.offsets = new Map();
      return;
    }
    this.offsets = offsets;
    this.start = performance.now();
    this.frame = requestAnimationFrame(this.step);
  }

  /** How far a node still is from its place. */
  offset(id: string): Point | undefined {
    const offset = this.offsets.get(id);
    if (!offset) return undefined;
    const t = min(1, (performance.now() - this.start) / 320);
    const rest = (1 - t) ** 3;
    return [offset[0] * rest, offset[1] * rest];
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private step = (): void => {
    this.frame = 0;
    if (performance.now() - this.start < 320) this.frame = requestAnimationFrame(this.step);
    else this.offsets = new Map();
    this.changed();
  };
}
