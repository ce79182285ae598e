// Builds DOM from text nodes. Names, descriptions, metadata and errors are data, so nothing in
// this code base may parse a string as markup; this is the only way elements are made.
import type { Point } from "./model";

type Attributes = { [name: string]: string | number | boolean | null | undefined | ((event: never) => void) };
export type Part = Node | string | number | null | undefined | false | Attributes | Part[];

function fill<E extends Element>(node: E, parts: Part[]): E {
  for (const part of parts) {
    if (part === null || part === undefined || part === false) continue;
    if (Array.isArray(part)) fill(node, part);
    else if (part instanceof Node) node.append(part);
    else if (typeof part !== "object") node.append(String(part));
    else {
      for (const [name, value] of Object.entries(part)) {
        if (typeof value === "function") on(node, name.slice(2), value as (event: Event) => void);
        else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : String(value));
      }
    }
  }
  return node;
}

/** A text as a node. */
export function words(text: string): Text {
  return document.createTextNode(text);
}

/** Fills an element anew. */
export function put(node: Element, ...parts: Part[]): void {
  node.replaceChildren();
  fill(node, parts);
}

/** An HTML element, its classes after a dot; of its parts, nodes and texts are what it holds, plain
    objects its attributes, and attributes named `on…` listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K | `${K}.${string}`, ...parts: Part[]): HTMLElementTagNameMap[K] {
  const [name, classes] = tag.split(".") as [K, string?];
  const node = document.createElement(name);
  if (classes) node.className = classes;
  if (name === "button") node.setAttribute("type", "button");
  return fill(node, parts);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K, ...parts: Part[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElementTagNameMap[K], parts);
}

/** Listens; the shorter name keeps the bundle small. */
export function on<K extends keyof HTMLElementEventMap>(
  node: EventTarget,
  type: K | (string & {}),
  heard: (event: HTMLElementEventMap[K]) => void,
  options?: AddEventListenerOptions,
): void {
  node.addEventListener(type, heard as (event: Event) => void, options);
}

/** Sets text only when it differs, so that live regions speak once. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The element that has the focus, in the page or in the shadow that holds `node`. */
export function focusedNear(node: Node): Element | null {
  return (node.getRootNode() as Document | ShadowRoot).activeElement;
}

/** Where an event is, from an element's left top corner. */
export function pointIn(node: Element, event: MouseEvent): Point {
  const { left, top } = node.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

/** Calls `act` once things have been quiet for `ms`. */
export function quiet(ms: number, act: () => void): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}

/** Calls `act` once with the next picture, however often it is asked for. */
export function inFrame(act: () => void) {
  let frame = 0;
  const halt = () => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  const now = () => {
    halt();
    act();
  };
  const soon = () => {
    frame ||= requestAnimationFrame(now);
  };
  return { now, soon, halt };
}
