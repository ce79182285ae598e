// Finds nodes by what their cards say. Enter walks through the hits.
import { h, setText } from "./element";
import { icon } from "./icons";
import type { Graph, NodeView } from "./model";

export type Search = ReturnType<typeof makeSearch>;

export function makeSearch(graph: Graph, found: (hits: ReadonlySet<string> | null) => void, goto: (id: string) => void) {
  let hits: string[] = [];
  const told = h("span.as-found", { "aria-live": "polite" });
  let at = -1;

  const input = h("input", {
    type: "search",
    placeholder: "Find an asset",
    "aria-label": "Find an asset",
    spellcheck: "false",
    oninput: look,
    onkeydown: key,
  });
  const element = h("label.as-search", icon("search"), input, told);

  function focus(): void {
    input.focus();
    input.select();
  }

  /** Looks again: also after the graph has changed. */
  function look(): void {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    at = -1;
    if (!words.length) {
      hits = [];
      setText(told, "");
      found(null);
      return;
    }
    hits = [...graph.nodes.values()].filter((node) => matches(node, words)).map((node) => node.id);
    setText(told, hits.length ? String(hits.length) : "none");
    found(new Set(hits));
  }

  function key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      input.value = "";
      look();
    } else if (event.key === "Enter" && hits.length) {
      at = (at + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
      setText(told, `${at + 1}/${hits.length}`);
      goto(hits[at]!);
    } else return;
    event.preventDefault();
  }

  return {
    element,
    focus,
    look,
    get active() {
      return input.value.trim() !== "";
    },
  };
}

function matches(node: NodeView, words: string[]): boolean {
  const text = [node.id, node.label, node.group, node.state, node.about, ...node.kinds].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}
