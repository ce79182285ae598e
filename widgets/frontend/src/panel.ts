// The details of one asset, at the right of the stage: broad as the user drags it, in tabs.
import { checksText, checksView, shield, worst } from "./checks";
import { codeView } from "./code";
import { configForm, type Form } from "./config";
import { diffView } from "./diff";
import { focusedNear, h, on, put, quiet, type Part } from "./element";
import { historyView, plain } from "./history";
import { icon } from "./icons";
import { markdown } from "./markdown";
import { ago, metadataTable, moment } from "./metadata";
import type { Change, Details, Graph, NodeView } from "./model";
import { max, min } from "./numbers";
import { plot } from "./plots";
import { badge, glyph, shares, tallyText } from "./states";
import { partitionStrip, type Strip } from "./strip";
import type { Theme } from "./theme";
import { viewIn, type Wire } from "./wire";

const TABS = ["Overview", "Metadata", "Checks", "Config", "Partitions", "Code", "History", "Log"] as const;
type Tab = (typeof TABS)[number];

const LEAST = 280;

export type Panel = ReturnType<typeof makePanel>;

export function makePanel(
  graph: Graph,
  wire: Wire,
  theme: () => Theme,
  goto: (id: string) => void,
  closed: () => void,
  resized: () => void,
) {
  /** The asset on show, or "". */
  let id = "";
  let width = 380;
  let tab: Tab = "Overview";
  let details: Details | null = null;
  let shown = "";
  let error = "";
  const head = h("div.as-panel-head");
  const tabs = h("div.as-tabs", { role: "tablist" });
  const body = h("div.as-panel-body", { role: "tabpanel", tabindex: 0 });
  const open = new Set<string>();
  let strip: Strip | null = null;
  /** What is being typed stays, whatever else changes. */
  let form: Form | null = null;
  let turn = 0;
  const again = quiet(150, () => void load());

  const grip = h("div.as-grip", { role: "separator", "aria-orientation": "vertical", "aria-label": "Width of the details", tabindex: 0 });
  const element = h("aside.as-panel", { "aria-label": "Details", hidden: true }, grip, head, tabs, body);
  listen();
  on(element, "keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) closed();
  });

  function show(next: string): void {
    if (!graph.nodes.has(next)) return;
    const same = next === id && !element.hidden;
    element.hidden = false;
    setWidth(width);
    if (same) return;
    id = next;
    details = null;
    shown = error = "";
    open.clear();
    dropStrip();
    body.scrollTop = 0;
    paint();
    void load();
  }

  function hide(): void {
    element.hidden = true;
    id = "";
    dropStrip();
    resized();
  }

  function focus(): void {
    tabs.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }

  /** The graph has changed: what is on show is asked for again if it was touched. */
  function changed(change: Change): void {
    if (element.hidden) return;
    if (!graph.nodes.has(id)) closed();
    else if (change.nodes.has(id)) {
      paintHead();
      again();
      strip?.reload();
    }
  }

  function repaint(): void {
    strip?.repaint();
  }

  function close(): void {
    dropStrip();
  }

  async function load(): Promise<void> {
    if (!id) return;
    const mine = ++turn;
    try {
      const answer = await wire.ask("details", { key: id });
      if (mine !== turn) return;
      details = viewIn<Details>(answer, "details", "upstream");
      error = "";
    } catch (problem) {
      if (mine !== turn) return;
      error = (problem as Error).message;
    }
    paint();
  }

  // ---- painting

  function paint(): void {
    const now = JSON.stringify([id, tab, details, error]);
    if (now === shown) return;
    shown = now;
    paintHead();
    paintTabs();
    if (tab === "Partitions" && strip) return;
    if (tab === "Config" && form?.parts === JSON.stringify(details?.config) && form.element.isConnected) return;
    const place = body.scrollTop;
    dropStrip();
    put(body, content());
    body.scrollTop = place;
  }

  function paintHead(): void {
    const node = graph.nodes.get(id);
    if (!node) return;
    const d = details;
    put(
      head,
      h("div.as-panel-title", h("b", { title: node.id }, node.prefix ? h("span.as-soft", `${node.prefix} / `) : null, node.label),
        h("button.as-tool", { "aria-label": "Close details", title: "Close (Esc)", onclick: () => closed() }, icon("close")),
      ),
      h("div.as-panel-state", badge(node.state, node.mark),
        node.cell ? h("span.as-tag as-tag-cell", `cell ${node.cell}`) : null,
        node.type !== "asset" ? h("span.as-tag", node.type) : null,
        worst(node.checks) ? h("button.as-link-chip", { title: "Show the checks", onclick: () => choose("Checks") }, shield(worst(node.checks)), h("span", checksText(node.checks))) : null,
        node.stamp ? h("span.as-soft", { title: moment(node.stamp) }, `last run ${ago(node.stamp)}`) : null,
      ),
      node.parts && node.counts ? h("div.as-panel-parts", shares(node.counts), h("span.as-soft", tallyText(node.counts))) : "",
      !d && node.cause ? h("div.as-soft", node.cause) : "",
    );
  }

  function available(): Tab[] {
    const node = graph.nodes.get(id);
    const has: Partial<Record<Tab, unknown>> = { Partitions: node?.parts, Checks: worst(node?.checks ?? {}), Config: details?.config?.length };
    return TABS.filter((name) => !(name in has) || has[name]);
  }

  function paintTabs(): void {
    const names = available();
    if (!names.includes(tab)) tab = "Overview";
    const held = tabs.contains(focusedNear(tabs));
    put(
      tabs,
      names.map((name) =>
        h(
          "button",
          {
            role: "tab",
            "aria-selected": String(name === tab),
            tabindex: name === tab ? 0 : -1,
            onclick: () => choose(name),
            onkeydown: (event: KeyboardEvent) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (step) choose(names[(names.indexOf(name) + step + names.length) % names.length]!);
            },
          },
          name,
          name === "Log" && details?.error ? glyph("failed") : null,
          name === "Checks" ? shield(worst(graph.nodes.get(id)?.checks ?? {})) : null,
        ),
      ),
    );
    if (held) focus();
  }

  function choose(name: Tab): void {
    tab = name;
    body.scrollTop = 0;
    dropStrip();
    paint();
    focus();
  }

  function content(): Node[] {
    if (error) return [h("p.as-error", error)];
    const d = details;
    if (tab === "Partitions") return [partitions()];
    if (!d) return [h("p.as-soft", "Waiting for the kernel…")];
    switch (tab) {
      case "Overview":
        return overview(d);
      case "Metadata":
        return metadata(d);
      case "Checks":
        return [checksView(d.checks ?? [], goto)];
      case "Config":
        form = configForm(wire, id, d.config, () => void load());
        return [form.element];
      case "Code":
        return code(d);
      case "History":
        return [historyView(d.history ?? [], goto, open)];
      case "Log":
        return log(d);
    }
  }

  function overview(d: Details): Node[] {
    const out: Node[] = [];
    if (d.error) {
      out.push(
        h("div.as-error", h("div", plain(d.error.text)),
          h("button.as-link", { onclick: () => choose("Log") }, "Traceback"),
        ),
      );
    }
    if (d.causes?.length) {
      out.push(
        section(
          `Why it is ${d.state}`,
          d.causes.map((cause) => h("div.as-cause", h("div", h("span.as-tag", cause.kind), cause.text), cause.diff ? diffView(cause.diff) : null)),
        ),
      );
    }
    if (d.roots?.length) out.push(section("Root causes", h("ul.as-roots", d.roots.map((root) => h("li", root)))));
    if (d.about) out.push(section("Description", markdown(d.about)));
    out.push(chips("Upstream", d.upstream), chips("Downstream", d.downstream));
    const facts: [string, Node | string][] = [];
    if (d.group) facts.push(["group", d.group]);
    if (d.kinds?.length) facts.push(["kinds", d.kinds.join(", ")]);
    if (d.owners?.length) facts.push(["owners", d.owners.join(", ")]);
    for (const [name, value] of Object.entries(d.tags ?? {})) facts.push([`tag ${name}`, value]);
    for (const [name, value] of Object.entries(d.versions ?? {})) {
      if (value) facts.push([name === "python" ? "Python" : `${name} version`, h("code", { title: value }, value.length > 20 ? value.slice(0, 12) : value)]);
    }
    if (facts.length) {
      out.push(section("Facts", h("dl.as-facts", facts.flatMap(([name, value]) => [h("dt", { title: name }, name), h("dd", value)]))));
    }
    if (d.untracked?.length) {
      out.push(section("Not tracked", h("p.as-soft", "Changes of these are not noticed: ", d.untracked.join(", "), ".")));
    }
    return out;
  }

  function chips(title: string, ids: string[]): Node {
    if (!ids?.length) return section(title, h("span.as-soft", "none"));
    return section(
      title,
      h("div.as-chips", ids.map((other) => {
          const node: NodeView | undefined = graph.nodes.get(other);
          return h("button.as-link-chip", { onclick: () => goto(other) }, node ? glyph(node.state) : null, h("span", other));
        }),
      ),
    );
  }

  function metadata(d: Details): Node[] {
    const out: Node[] = (d.plots ?? []).filter((p) => p.points.length > 0).map((p) => plot(p.label, p.points));
    if (d.metadata?.length) out.push(metadataTable(d.metadata, goto));
    return out.length ? out : [h("p.as-soft", "No metadata yet: it comes with the first materialization.")];
  }

  function code(d: Details): Node[] {
    const out: Node[] = [];
    if (d.cell) out.push(h("p.as-soft", d.cell));
    out.push(d.code ? codeView(d.code) : h("p.as-soft", "No source: it is not made by a function here."));
    return out;
  }

  function log(d: Details): Node[] {
    const out: Node[] = [];
    if (d.error) out.push(h("pre.as-error", { tabindex: 0 }, plain(d.error.traceback || d.error.text)));
    if (d.log) out.push(h("pre.as-text", { tabindex: 0 }, plain(d.log)));
    return out.length ? out : [h("p.as-soft", "The last run printed nothing.")];
  }

  function partitions(): Node {
    strip = partitionStrip(wire, id, theme);
    strip.showRun(graph.run);
    strip.reload();
    return strip.element;
  }

  /** Tells the partitions tab how the run goes. */
  function showRun(): void {
    strip?.showRun(graph.run);
  }

  function dropStrip(): void {
    strip?.close();
    strip = null;
  }

  // ---- width

  function setWidth(wanted: number): void {
    const most = max(LEAST, (element.parentElement?.clientWidth ?? 800) - 160);
    width = min(most, max(LEAST, wanted));
    element.style.width = `${width}px`;
    resized();
  }

  function listen(): void {
    on(grip, "pointerdown", (event) => {
      grip.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    on(grip, "pointermove", (event) => {
      if (grip.hasPointerCapture(event.pointerId)) setWidth(element.getBoundingClientRect().right - event.clientX);
    });
    on(grip, "keydown", (event) => {
      const step = event.key === "ArrowLeft" ? 24 : event.key === "ArrowRight" ? -24 : 0;
      if (step) setWidth(width + step);
    });
  }

  return {
    element,
    /** The width that it covers. */
    get covers() {
      return element.hidden ? 0 : width;
    },
    show,
    hide,
    focus,
    changed,
    repaint,
    close,
    showRun,
  };
}

function section(title: string, ...children: Part[]): HTMLElement {
  return h("section", h("h4", title), children);
}
