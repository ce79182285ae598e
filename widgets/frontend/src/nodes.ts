// The cards: one element per node that shows, taken from and given back to the page as the
// camera moves. A card says in words all that its colours say.
import type { Motion } from "./camera";
import type { Emphasis } from "./edges";
import { checksBadge, checksText } from "./checks";
import { h, put, type Part } from "./element";
import { icon } from "./icons";
import type { NodeView } from "./model";
import { glyph, meaning, shares, stateClass, tallyText } from "./states";

interface Card {
  node: NodeView;
  element: HTMLElement;
  classes: string;
}

export type Cards = ReturnType<typeof makeCards>;

export function makeCards(layer: HTMLElement) {
  const cards = new Map<string, Card>();

  function element(id: string): HTMLElement | null {
    return cards.get(id)?.element ?? null;
  }

  /** Makes the layer hold exactly these nodes, each as it is now. */
  function show(nodes: NodeView[], motion: Motion, emphasis: Emphasis, stop: string): void {
    const wanted = new Set<string>();
    const fresh = document.createDocumentFragment();
    for (const node of nodes) {
      wanted.add(node.id);
      let card = cards.get(node.id);
      if (!card) {
        card = { node, element: h("div", { role: "button", "data-id": node.id }), classes: "" };
        cards.set(node.id, card);
        write(card.element, node);
        fresh.append(card.element);
      } else if (card.node !== node) {
        card.node = node;
        write(card.element, node);
      }
      place(card, motion);
      mark(card, emphasis, stop);
    }
    layer.append(fresh);
    for (const [id, card] of cards) {
      if (!wanted.has(id)) {
        card.element.remove();
        cards.delete(id);
      }
    }
  }

  function clear(): void {
    cards.clear();
    layer.replaceChildren();
  }

  return {
    element,
    show,
    clear,
  };
}

function place({ node, element }: Card, motion: Motion): void {
  const offset = motion.going ? motion.offset(node.id) : undefined;
  const x = node.x - node.w / 2 + (offset?.[0] ?? 0);
  const y = node.y - node.h / 2 + (offset?.[1] ?? 0);
  element.style.transform = `translate(${x}px,${y}px)`;
}

function mark(card: Card, emphasis: Emphasis, stop: string): void {
  const { node, element } = card;
  const selected = emphasis.selected.has(node.id);
  const dim = emphasis.bright !== null && !emphasis.bright.has(node.id);
  const hit = emphasis.bright !== null && !dim;
  const classes =
    `as-node ${stateClass(node.state)} as-type-${node.type}` +
    (node.mark ? " as-remembered" : "") +
    (selected ? " as-selected" : "") +
    (dim ? " as-dim" : "") +
    (hit ? " as-hit" : "");
  if (card.classes !== classes) {
    card.classes = classes;
    element.className = classes;
  }
  element.setAttribute("aria-pressed", String(selected));
  element.tabIndex = node.id === stop ? 0 : -1;
}

/** All that a card shows, as one sentence. */
export function spoken(node: NodeView): string {
  const said = [node.id, `${node.state}: ${meaning(node.state)}`];
  if (node.cause) said.push(node.cause);
  if (node.parts) said.push(`${node.parts} partitions: ${tallyText(node.counts)}`);
  if (node.error) said.push(`error: ${node.error}`);
  const checks = checksText(node.checks);
  if (checks) said.push(`checks: ${checks}`);
  if (node.mark) said.push(node.mark);
  if (node.cell) said.push(`cell ${node.cell}`);
  if (node.kinds.length) said.push(node.kinds.join(", "));
  if (node.group) said.push(`group ${node.group}`);
  return said.join(", ");
}

/** A name that may be broken after its joints. */
function breakable(name: string): Part[] {
  return name.split(/(?<=[_./-])/).map((part) => [part, h("wbr")]);
}

function stateLine(node: NodeView): string {
  if (node.parts > 0) {
    const n = node.counts?.[node.state];
    if (n !== undefined) return `${node.state} ${n}/${node.parts}`;
  }
  return node.state;
}

function write(element: HTMLElement, node: NodeView): void {
  element.style.width = `${node.w}px`;
  element.style.height = `${node.h}px`;
  element.setAttribute("aria-label", spoken(node));
  const lines = node.h >= 58 ? 3 : node.h >= 36 ? 2 : 1;

  const marks = h("span.as-marks", checksBadge(node.checks));
  if (node.error) marks.append(h("span.as-mark-error", { title: node.error }, icon("alert")));
  if (node.cell) {
    const text = node.cell === "edited" ? "the cell was edited since it ran" : `the cell was ${node.cell}`;
    marks.append(h("span.as-mark-cell", { title: text }, icon(node.cell === "edited" ? "pencil" : "trash")));
  }
  const head = h("span.as-head", h("span.as-label", { title: node.about ? `${node.id}\n${node.about}` : node.id }, breakable(node.label)),
    marks,
  );

  const kinds = h("span.as-kinds", node.kinds.slice(0, 2).map((kind) => h("span.as-kind", kind)));
  const why = node.mark ? node.mark : node.cause;
  const state = h("span.as-state", { title: node.cause || meaning(node.state) },
    glyph(node.state),
    h("span.as-word", stateLine(node)),
    why ? h("span.as-why", `· ${why}`) : null,
  );
  const home = node.prefix || (node.group === "default" ? "" : node.group);
  const foot = h("span.as-foot", h("span.as-home", { title: node.group && `group ${node.group}` }, home), kinds);
  if (lines === 2 && !why) state.append(kinds);

  put(
    element,
    h("span.as-bar"),
    h("span.as-body", head, lines > 1 ? state : null, lines > 2 ? foot : null),
    node.parts > 0 && node.counts ? shares(node.counts) : "",
  );
}
