// The shapes that cross the wire, as Python writes them, and the graph that deltas keep up to
// date. Nothing here decides anything: states, counts and positions arrive ready.

export type Counts = Record<string, number>;
export type Point = readonly [number, number];

export interface NodeView {
  id: string;
  label: string;
  prefix: string;
  group: string;
  kinds: string[];
  type: string;
  mark: string;
  x: number;
  y: number;
  w: number;
  h: number;
  state: string;
  counts: Counts | null;
  parts: number;
  about: string;
  error: string;
  stamp: number | null;
  cause: string;
  cell: string;
  /** How many of its checks have which outcome. */
  checks: Counts;
}

export interface EdgeView {
  from: string;
  to: string;
  points: Point[];
  loads: boolean;
}

export interface RunView {
  id: string;
  state: string;
  done: number;
  total: number;
  current: string;
  text: string;
  waiting: number;
  kept: number;
  seconds: number;
}

export interface Note {
  text: string;
  level: string;
}

export interface Snapshot {
  rev: number;
  nodes: NodeView[];
  edges: EdgeView[];
  run: RunView | null;
  counts: Counts;
  size: Point;
  note: Note | null;
  title: string;
}

export type Delta = Partial<Omit<Snapshot, "rev">> & { rev: number; gone?: string[] };

export interface MetadataView {
  label: string;
  type: string;
  value: unknown;
}

export interface AttemptView {
  run: string;
  at: number;
  seconds: number;
  partition: string | null;
  version: string;
  outcome: string;
  error: string;
  metadata: MetadataView[];
}

export interface CheckView {
  name: string;
  about: string;
  outcome: string;
  blocking: boolean;
  at: number | null;
  partition: string | null;
  /** The answer is about a value that has been replaced since. */
  old: boolean;
  text: string;
  metadata: MetadataView[];
  past: { at: number; outcome: string; partition: string | null }[];
}

export interface Details {
  id: string;
  title: string;
  about: string;
  type: string;
  group: string;
  owners: string[];
  kinds: string[];
  tags: Record<string, string>;
  state: string;
  mark: string;
  causes: { kind: string; text: string; diff: string }[];
  roots: string[];
  code: string;
  cell: string;
  versions: { code?: string; data?: string; python?: string };
  upstream: string[];
  downstream: string[];
  metadata: MetadataView[];
  plots: { label: string; points: Point[] }[];
  history: AttemptView[];
  error: { text: string; traceback: string } | null;
  log: string;
  parts: { total: number; counts: Counts } | null;
  untracked: string[];
  checks: CheckView[];
  config: ConfigPart[];
}

/** As much of a JSON schema as a form needs. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  default?: unknown;
  writeOnly?: boolean;
}

export interface ConfigPart {
  section: string;
  name: string;
  form: Schema;
  value: Record<string, unknown>;
}

export interface Dimension {
  name: string;
  keys: string[];
  time: boolean;
}

export interface GridGroup {
  title: string;
  columns: string[];
  /** `part` is the key of a dimension that a row shows. */
  rows: { id: string; label: string; counts: Counts; part?: string }[];
  offset: number;
  /** What the columns are the product of, the last varying fastest; empty for one dimension. */
  dimensions: Dimension[];
  /** The title is needed to know what the rows are. */
  titled?: boolean;
}

export interface GridView {
  groups: GridGroup[];
  states: string[];
  /** A name for what the bytes lie over: rows and columns. */
  shape: string;
}

/** Partitions of one asset, each range by its first and last key in the order of the columns. */
export interface RelatedLine {
  id: string;
  total: number;
  ranges: [string, string][];
}

export interface RelatedView {
  up: RelatedLine[];
  down: RelatedLine[];
}

export interface PlanLine {
  id: string;
  partitions: number;
  cause: string;
}

export interface PlanView {
  run: PlanLine[];
  maybe: PlanLine[];
  kept: number;
  text: string;
  blocked: string;
}

export type Mode = "due" | "only" | "force" | "downstream";

const ACTIVE = new Set(["queued", "running", "cancelling"]);

/** Whether a run still goes on. */
export function active(run: RunView | null): boolean {
  return run !== null && ACTIVE.has(run.state);
}

/** What one message changed, so that views repaint only what it touched. */
export interface Change {
  all: boolean;
  nodes: Set<string>;
  gone: string[];
  moved: boolean;
}

/** The graph as last told by the kernel. */
export class Graph {
  rev = -1;
  nodes = new Map<string, NodeView>();
  edges: EdgeView[] = [];
  up = new Map<string, string[]>();
  down = new Map<string, string[]>();
  run: RunView | null = null;
  counts: Counts = {};
  size: Point = [0, 0];
  note: Note | null = null;
  title = "";

  /** Replaces everything; what stayed the same is left out of the change. */
  reset(view: Snapshot): Change {
    const before = this.nodes;
    this.rev = view.rev;
    this.nodes = new Map((view.nodes ?? []).map((node) => [node.id, node]));
    const gone = [...before.keys()].filter((id) => !this.nodes.has(id));
    this.wire(view.edges ?? []);
    this.facts(view);
    return { all: true, nodes: new Set(this.nodes.keys()), gone, moved: true };
  }

  /** Applies the delta that follows `rev`; the caller has checked that it does. */
  apply(delta: Delta): Change {
    this.rev = delta.rev;
    const nodes = new Set<string>();
    let moved = delta.edges !== undefined;
    for (const node of delta.nodes ?? []) {
      const old = this.nodes.get(node.id);
      moved ||= !old || old.x !== node.x || old.y !== node.y || old.w !== node.w || old.h !== node.h;
      this.nodes.set(node.id, node);
      nodes.add(node.id);
    }
    const gone = (delta.gone ?? []).filter((id) => this.nodes.delete(id));
    if (delta.edges) this.wire(delta.edges);
    else if (gone.length) this.wire(this.edges.filter((e) => this.nodes.has(e.from) && this.nodes.has(e.to)));
    this.facts(delta);
    return { all: false, nodes, gone, moved: moved || gone.length > 0 };
  }

  private facts(view: Partial<Snapshot>): void {
    if (view.run !== undefined) this.run = view.run;
    if (view.counts !== undefined) this.counts = view.counts;
    if (view.size !== undefined) this.size = view.size;
    if (view.note !== undefined) this.note = view.note;
    if (view.title !== undefined) this.title = view.title;
  }

  private wire(edges: EdgeView[]): void {
    this.edges = edges;
    this.up = new Map();
    this.down = new Map();
    for (const { from, to } of edges) {
      push(this.down, from, to);
      push(this.up, to, from);
    }
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
