// The few line icons of buttons and marks, as paths in a 16 × 16 box.
import { s } from "./element";

const PATHS = {
  play: "M5 3.5 L12.5 8 L5 12.5 Z",
  stop: "M4.5 4.5 H11.5 V11.5 H4.5 Z",
  down: "M4 6 L8 10 L12 6",
  plus: "M8 3.5 V12.5 M3.5 8 H12.5",
  minus: "M3.5 8 H12.5",
  fit: "M2.5 5.5 V2.5 H5.5 M10.5 2.5 H13.5 V5.5 M13.5 10.5 V13.5 H10.5 M5.5 13.5 H2.5 V10.5",
  tidy: "M3 13 L8.6 7.4 M10 2.2 V5.2 M8.5 3.7 H11.5 M12.6 7.6 V9.8 M11.5 8.7 H13.7 M5.6 3 V5 M4.6 4 H6.6",
  turn: "M3 5.5 H11 L8.6 3 M11 5.5 L8.6 8 M5.5 13 V9.5 M3.5 11 L5.5 13 L7.5 11",
  search: "M7 2.8 A4.2 4.2 0 1 1 6.99 2.8 M10.2 10.2 L13.4 13.4",
  close: "M4 4 L12 12 M12 4 L4 12",
  alert: "M8 2.2 L14.4 13.4 H1.6 Z M8 6.2 V9.6 M8 11.2 V11.9",
  pencil: "M3 13 L3.6 10.2 L10.6 3.2 L12.8 5.4 L5.8 12.4 Z",
  trash: "M3.5 4.5 H12.5 M6.2 4.5 V3 H9.8 V4.5 M4.8 4.5 L5.4 13 H10.6 L11.2 4.5",
  panel: "M2.5 3.5 H13.5 V12.5 H2.5 Z M9.5 3.5 V12.5",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  return s("svg", { viewBox: "0 0 16 16", class: `as-icon as-icon-${name}`, "aria-hidden": "true" }, s("path", { d: PATHS[name] }));
}
