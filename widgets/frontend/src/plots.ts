// Small plots of a number over time: a line, its range, and each value on hover.
import { h, on, s } from "./element";
import { moment, number } from "./metadata";
import type { Point } from "./model";
import { abs, max, min } from "./numbers";

const WIDTH = 320;
const HEIGHT = 72;
const LEFT = 4;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 8;
const MOST = 400;

export function plot(label: string, given: Point[]): HTMLElement {
  const points = given.slice(-MOST);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x0, x1] = [min(...xs), max(...xs)];
  const [y0, y1] = [min(...ys), max(...ys)];
  // runs come in bursts: equal steps read better than true time when most would coincide
  const even = points.length > 2 && x1 > x0 && spread(xs) < 0.25;
  const px = (i: number) =>
    LEFT + (WIDTH - LEFT - RIGHT) * (points.length < 2 || x1 === x0 ? 0.5 : even ? i / (points.length - 1) : (xs[i]! - x0) / (x1 - x0));
  const py = (y: number) => (y1 === y0 ? HEIGHT / 2 : TOP + (HEIGHT - TOP - BOTTOM) * (1 - (y - y0) / (y1 - y0)));
  const line = points.map(([, y], i) => `${i ? "L" : "M"}${px(i).toFixed(1)} ${py(y).toFixed(1)}`).join(" ");
  const last = points.at(-1);
  const told = h("span.as-plot-now", last ? number(last[1]) : "");
  const picture = s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${label}: ${points.length} values from ${number(y0)} to ${number(y1)}, last ${last ? number(last[1]) : "none"}` },
    s("path", { class: "as-plot-base", d: `M0 ${HEIGHT - 1} H${WIDTH}` }),
    s("path", { class: "as-plot-line", d: line }),
    ...(points.length <= 60 ? points.map(([, y], i) => s("circle", { class: "as-plot-dot", cx: px(i), cy: py(y), r: points.length > 25 ? 1.6 : 2.4 })) : []),
  );
  const cursor = s("circle", { class: "as-plot-cursor", r: 4, visibility: "hidden" });
  picture.append(cursor);
  on(picture, "pointermove", (event) => {
    const rect = picture.getBoundingClientRect();
    const at = ((event.clientX - rect.left) / rect.width) * WIDTH;
    let near = 0;
    for (let i = 1; i < points.length; i++) if (abs(px(i) - at) < abs(px(near) - at)) near = i;
    const [x, y] = points[near]!;
    cursor.setAttribute("cx", String(px(near)));
    cursor.setAttribute("cy", String(py(y)));
    cursor.setAttribute("visibility", "visible");
    told.textContent = `${number(y)} · ${moment(x)}`;
  });
  on(picture, "pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    told.textContent = last ? number(last[1]) : "";
  });
  return h("figure.as-plot", h("figcaption", h("b", label), told),
    h("div.as-plot-area", h("span.as-plot-axis", h("i", number(y1)), y1 === y0 ? null : h("i", number(y0))), picture),
  );
}

/** Median gap as a share of the mean gap: small when times lie in clumps. */
function spread(xs: number[]): number {
  const gaps = xs.slice(1).map((x, i) => x - xs[i]!);
  gaps.sort((a, b) => a - b);
  const mean = (xs.at(-1)! - xs[0]!) / gaps.length;
  return mean ? gaps[gaps.length >> 1]! / mean : 1;
}
