// The lineage widget: wires a model to stage, toolbar, panel and legend.
import { h } from "./element";
import { frame } from "./frame";
import { makeLegend } from "./legend";
import { Graph, type Change, type Delta, type NodeView, type Snapshot } from "./model";
import { makePanel } from "./panel";
import { makeRunBar } from "./runbar";
import { makeSearch } from "./search";
import { Selection } from "./selection";
import { makeStage } from "./stage";
import { toolbar } from "./toolbar";
import { LOST, viewIn, type RenderProps } from "./wire";

function lineage(props: RenderProps): () => void {
  const graph = new Graph();
  const selection = new Selection();
  let hits: ReadonlySet<string> | null = null;
  /** The user closed the details: a mere click does not open them again. */
  let closedByHand = false;
  let resyncing = false;
  let greeted = false;

  /** The view kept in the model: what a page that opens late shows before the kernel answers. */
  const adopt = (): void => {
    const view = props.model.get("_view") as Snapshot | null;
    if (view && Array.isArray(view.nodes) && (view.rev ?? 0) > graph.rev) reset(view);
  };

  const { root, wire, theme, close: closeFrame } = frame(props.model, props.el, "lineage", () => {
    stage.paintSoon();
    panel.repaint();
  });
  const stage = makeStage(graph, selection, theme, {
    open,
    materialize: () => runbar.materialize("due"),
    find: () => search.focus(),
    leave: () => closePanel(false),
  });
  const covered = () => stage.cover(panel.covers);
  const panel = makePanel(graph, wire, theme, goto, () => closePanel(true), covered);
  const search = makeSearch(
    graph,
    (found) => {
      hits = found;
      brighten();
    },
    goto,
  );
  const legend = makeLegend(brighten);
  const some = () => selection.ids.size > 0;
  /** What a run can name: of what is selected, or of everything. */
  const runs = () => [...(some() ? selection.ids : graph.nodes.keys())].filter((id) => !why(id));
  const runbar = makeRunBar({
    wire,
    wanted: () => ({ keys: some() ? runs() : "*", partitions: null }),
    scope: () => (some() ? (selection.ids.size === 1 ? selection.latest : `${selection.ids.size} selected`) : "all due"),
    idle: () => (some() && !runs().length ? `${selection.latest} ${why(selection.latest)}` : ""),
    ready: () => runs().length > 0,
    offers: [
      { mode: "only", label: "Only this", hint: "Run nothing outside what is selected", enabled: some },
      { mode: "force", label: "Force", hint: "Run it also where it is fresh", enabled: () => true },
      { mode: "downstream", label: "With all downstream", hint: "Bring everything that depends on it up to date too", enabled: some },
    ],
  });
  const bar = toolbar(
    [runbar.buttons],
    [search.element],
    [
      { icon: "minus", title: "Zoom out (-)", act: () => stage.zoom(0.8) },
      { icon: "plus", title: "Zoom in (+, or Ctrl and wheel)", act: () => stage.zoom(1.25) },
      { icon: "fit", title: "Fit everything (F)", act: () => stage.fit() },
      { icon: "tidy", title: "Tidy: lay out afresh", act: tidy },
      { icon: "turn", title: "Turn: top to bottom, left to right", act: turn },
      { icon: "panel", title: "Details", act: togglePanel },
    ],
  );
  root.append(bar, runbar.line, h("div.as-main-area", stage.element, panel.element), legend.element);
  selection.onChange(chosen);
  listen();

  function close(): void {
    props.model.off("change:_view", adopt);
    stage.close();
    panel.close();
    closeFrame();
  }

  // ---- the kernel's word

  function listen(): void {
    wire.on("snapshot", (message) => reset(message as unknown as Snapshot));
    wire.on("delta", (message) => apply(message as unknown as Delta));
    wire.on("lost", () => {
      runbar.showRun(null);
      runbar.showNote(LOST);
      void resync();
    });
    adopt();
    props.model.on("change:_view", adopt);
    void resync();
  }

  function reset(view: Snapshot): void {
    const former = graph.nodes;
    resyncing = false;
    show(graph.reset(view), former);
  }

  function apply(delta: Delta): void {
    if (resyncing || delta.rev <= graph.rev) return;
    if (delta.rev !== graph.rev + 1) {
      void resync();
      return;
    }
    // a delta replaces nodes in the map, so the places before are kept aside only where it moves them
    const former = new Map<string, NodeView>();
    for (const node of delta.nodes ?? []) {
      const old = graph.nodes.get(node.id);
      if (old) former.set(node.id, old);
    }
    show(graph.apply(delta), former);
  }

  /** Asks for everything: at the start, and when a delta went missing. */
  async function resync(): Promise<void> {
    resyncing = greeted;
    greeted = true;
    try {
      const answer = await wire.hello();
      const view = viewIn<Snapshot>(answer, "snapshot", "nodes");
      // the view kept in the model has been painted already if it is the same
      if (view && (view.rev !== graph.rev || view.nodes.length !== graph.nodes.size || resyncing)) reset(view);
    } catch (error) {
      runbar.showNote({ text: (error as Error).message, level: "error" });
    } finally {
      resyncing = false;
    }
  }

  function show(change: Change, former: Map<string, NodeView>): void {
    const missing = change.gone.concat([...selection.ids].filter((id) => !graph.nodes.has(id)));
    selection.drop(missing);
    if (search.active) search.look();
    brighten();
    stage.changed(change, former);
    panel.changed(change);
    panel.showRun();
    legend.show(graph.counts);
    runbar.showRun(graph.run);
    runbar.showNote(graph.note);
    runbar.graphChanged();
  }

  // ---- intentions

  function chosen(): void {
    runbar.choiceChanged();
    const { latest } = selection;
    if (!latest) {
      if (panel.covers) closePanel(false);
    } else if (panel.covers || (!closedByHand && stage.element.clientWidth >= 640)) {
      panel.show(latest);
      stage.reveal(latest);
    }
  }

  function open(id: string): void {
    closedByHand = false;
    selection.only(id);
    panel.show(id);
    stage.reveal(id);
    panel.focus();
  }

  function goto(id: string): void {
    if (!graph.nodes.has(id)) return;
    selection.only(id);
    stage.reveal(id, true);
  }

  function closePanel(byHand: boolean): void {
    if (!panel.covers) return;
    if (byHand) closedByHand = true;
    panel.hide();
  }

  function togglePanel(): void {
    if (panel.covers) closePanel(true);
    else {
      const id = selection.latest || graph.nodes.keys().next().value;
      if (id) open(id);
    }
  }

  function brighten(): void {
    const { state } = legend;
    let bright = hits;
    if (state) {
      const held = [...graph.nodes.values()].filter((node) => node.state === state || (node.counts?.[state] ?? 0) > 0);
      bright = new Set(held.map((node) => node.id).filter((id) => !hits || hits.has(id)));
    }
    stage.brighten(bright);
  }

  /** Why no run can name a node, or "". */
  function why(id: string): string {
    const { type, mark } = graph.nodes.get(id) ?? { type: "ghost", mark: "" };
    return mark || type === "ghost" ? "is not defined in this session: run its cell first" : type === "asset" ? "" : "is made elsewhere, and never run here";
  }

  function tidy(): void {
    stage.camera.moved = false;
    ask("tidy", {});
  }

  function turn(): void {
    stage.camera.moved = false;
    ask("layout", { direction: stage.vertical ? "LR" : "TB" });
  }

  function ask(op: string, fields: Record<string, unknown>): void {
    wire.ask(op, fields).then(
      () => stage.refit(),
      (error: Error) => runbar.showNote({ text: error.message, level: "error" }),
    );
  }

  return close;
}

export default { render: lineage };
