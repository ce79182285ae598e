// A kernel that is not there: graphs of any size, and a model that answers the widgets' requests
// as the Python side does, run included. Everything is drawn from a seed, so pictures repeat.

function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = ["orders", "customers", "weather", "flights", "airports", "daily_sales", "hourly_delays", "model", "forecast", "report", "features", "regions", "inventory", "returns", "sessions"];
const KINDS = ["pandas", "duckdb", "numpy", "sklearn", "csv", "parquet"];
const GROUPS = ["raw", "staging", "marts", "default"];
const STATES = ["fresh", "fresh", "fresh", "stale", "upstream", "missing", "failed", "fresh"];

export function node(id, over = {}) {
  const label = id.split("/").at(-1);
  return {
    id, label, prefix: id.includes("/") ? id.slice(0, id.lastIndexOf("/")) : "", group: "default", kinds: [], type: "asset", mark: "",
    x: 0, y: 0, w: Math.min(270, Math.max(150, Math.ceil((label.length * 7.6 + 45) / 10) * 10)), h: 62,
    state: "fresh", counts: null, parts: 0, about: "", error: "", stamp: 1760000000, cause: "", cell: "", checks: {}, ...over,
  };
}

/** Places nodes by longest path, ranks centred; enough for pictures. */
export function place(nodes, edges, turned = false) {
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const rank = new Map(nodes.map((n) => [n.id, 0]));
  for (let again = true, i = 0; again && i < nodes.length; i++) {
    again = false;
    for (const e of edges) {
      if (rank.get(e.to) <= rank.get(e.from)) {
        rank.set(e.to, rank.get(e.from) + 1);
        again = true;
      }
    }
  }
  const ranks = [];
  for (const n of nodes) (ranks[rank.get(n.id)] ??= []).push(n);
  let size = [0, 0];
  ranks.forEach((row, r) => {
    for (const n of row) {
      const ups = edges.filter((e) => e.to === n.id).map((e) => byId.get(e.from));
      n.want = ups.length ? ups.reduce((s, u) => s + (turned ? u.y : u.x), 0) / ups.length : 0;
    }
    if (r) row.sort((a, b) => a.want - b.want);
    const gap = turned ? 22 : 26;
    const total = row.reduce((s, n) => s + (turned ? n.h : n.w) + gap, -gap);
    let at = -total / 2;
    for (const n of row) {
      const breadth = turned ? n.h : n.w;
      if (turned) [n.x, n.y] = [r * 330 + 140, at + breadth / 2];
      else [n.x, n.y] = [at + breadth / 2, r * 120 + 40];
      at += breadth + gap;
      delete n.want;
    }
    size = turned ? [ranks.length * 330, Math.max(size[1], total)] : [Math.max(size[0], total), ranks.length * 120];
  });
  for (const e of edges) {
    const [a, b] = [byId.get(e.from), byId.get(e.to)];
    const long = rank.get(e.to) - rank.get(e.from);
    e.points = turned ? [[a.x + a.w / 2, a.y], [b.x - b.w / 2, b.y]] : [[a.x, a.y + a.h / 2], [b.x, b.y - b.h / 2]];
    if (long > 1) {
      const mid = [];
      for (let i = 1; i < long; i++) {
        const f = i / long;
        mid.push(turned ? [a.x + (b.x - a.x) * f, a.y + (b.y - a.y) * f + 40] : [a.x + (b.x - a.x) * f + 90, a.y + (b.y - a.y) * f]);
      }
      e.points.splice(1, 0, ...mid);
    }
  }
  return size;
}

const count = (nodes) => {
  const counts = {};
  for (const n of nodes) counts[n.state] = (counts[n.state] ?? 0) + 1;
  return counts;
};

/** The example: ten assets with every mark there is. */
function small() {
  const parts = (fresh, stale, missing) => ({ fresh, stale, missing });
  const nodes = [
    node("raw/weather_csv", { type: "external", state: "external", group: "raw", kinds: ["csv"], about: "Seattle weather, as it comes" }),
    node("weather", { checks: { passed: 2 }, group: "staging", kinds: ["pandas"], about: "Typed and cleaned" }),
    node("daily_extremes", { checks: { failed: 1, warning: 1, passed: 2 }, group: "staging", kinds: ["pandas"], state: "stale", cause: "code: helper clean() changed", cell: "" }),
    node("monthly_means", { checks: { warning: 1, passed: 1 }, group: "marts", kinds: ["pandas", "duckdb"], state: "upstream", cause: "daily_extremes will run" }),
    node("by_day", { checks: { pending: 1 }, group: "marts", kinds: ["pandas"], state: "missing", parts: 365, counts: parts(212, 31, 122) }),
    node("rain_model", { group: "models", kinds: ["sklearn"], state: "failed", error: "ValueError: Input X contains NaN.", cause: "the last attempt failed" }),
    node("forecast", { group: "models", kinds: ["numpy"], state: "missing", cause: "never materialized" }),
    node("chart", { group: "reports", kinds: ["altair"], state: "fresh", cell: "edited", cause: "" }),
    node("a_rather_long_name_of_an_asset_that_is_cut", { group: "reports", state: "fresh", mark: "remembered", kinds: ["parquet"] }),
    node("holidays", { type: "ghost", state: "ghost", stamp: null, cause: "wanted by forecast" }),
  ];
  const pairs = [["raw/weather_csv", "weather"], ["weather", "daily_extremes"], ["weather", "by_day"], ["daily_extremes", "monthly_means"], ["daily_extremes", "rain_model"], ["rain_model", "forecast"], ["holidays", "forecast"], ["monthly_means", "chart"], ["forecast", "chart"], ["weather", "a_rather_long_name_of_an_asset_that_is_cut"]];
  return [nodes, pairs];
}

export function graph(n, seed = 7) {
  let nodes;
  let pairs = [];
  if (n <= 10) [nodes, pairs] = small();
  else {
    const r = random(seed);
    const pick = (list) => list[Math.floor(r() * list.length)];
    nodes = [];
    for (let i = 0; i < n; i++) {
      const state = pick(STATES);
      const parts = r() < 0.15 ? 365 : 0;
      nodes.push(
        node(`${pick(NAMES)}_${i}`, {
          group: pick(GROUPS), kinds: r() < 0.6 ? [pick(KINDS)] : [], state, parts,
          counts: parts ? { fresh: 200, [state]: 165 } : null,
          cause: state === "stale" ? "code changed" : state === "upstream" ? "an ancestor will run" : "",
          error: state === "failed" ? "ValueError: nothing to read" : "",
        }),
      );
      const ups = i < n / 12 ? 0 : 1 + Math.floor(r() * 2.2);
      for (let k = 0; k < ups; k++) {
        const from = Math.max(0, Math.floor(i - 1 - r() * r() * Math.min(i, n / 5)));
        if (!pairs.some(([a, b]) => a === nodes[from].id && b === nodes[i].id)) pairs.push([nodes[from].id, nodes[i].id]);
      }
    }
  }
  const edges = pairs.map(([from, to]) => ({ from, to, points: [], loads: !(from.startsWith("raw/") || to === "chart" && from === "monthly_means") }));
  const size = place(nodes, edges);
  return { op: "snapshot", rev: 1, nodes, edges, run: null, counts: count(nodes), size, note: null, title: "Assets" };
}

function check(name, outcome, at) {
  const pending = outcome === "pending";
  const bad = outcome === "failed" || outcome === "warning";
  return {
    name, outcome, about: "Every day has a maximum.", blocking: outcome === "failed", at: pending ? null : at, partition: null, old: false,
    text: pending ? "" : bad ? "17 of 365 days have no maximum.\n<b>The first</b>: 2012-03-04" : "All days have one.",
    metadata: bad ? [{ label: "rows", type: "int", value: 17 }, { label: "sample", type: "table", value: { columns: ["date", "max"], rows: [["2012-03-04", null]] } }] : [],
    past: pending ? [] : ["passed", "passed", "warning", outcome].map((each, i) => ({ at: at - (3 - i) * 86400, outcome: each, partition: null })),
  };
}

export function details(view, id) {
  const n = view.nodes.find((each) => each.id === id);
  const day = 86400;
  const now = 1760000000;
  const failed = n.state === "failed";
  return {
    op: "details", id, title: id, about: n.about ? `${n.about}.\n\nDropped are **negative** precipitation and days without a *maximum*; see [the source](https://example.org/weather), not [this](javascript:alert(1)).\n\n- wind in m/s\n- temperature in °C` : "",
    type: n.type, group: n.group, owners: ["team:climate", "ana@example.org"], kinds: n.kinds, tags: { tier: "gold", "quality/checked": "yes" }, state: n.state, mark: n.mark,
    causes: n.state === "stale" ? [{ kind: "code", text: "helper clean() changed", diff: "@@ clean @@\n def clean(frame):\n-    return frame.dropna()\n+    kept = frame[frame.precipitation >= 0]\n+    return kept.dropna(subset=['temp_max', 'temp_min', 'precipitation', 'wind'])\n" }] : n.cause ? [{ kind: n.state === "failed" ? "failed" : "upstream", text: n.cause, diff: "" }] : [],
    roots: n.state === "upstream" ? ["daily_extremes: code: helper clean() changed"] : [],
    code: 'THRESHOLD = 0.5\n\n@asset(group_name="staging", kinds={"pandas"})\ndef daily_extremes(weather: pd.DataFrame) -> pd.DataFrame:\n    """The hottest and the coldest hour of each day."""\n    # negative values are a sensor\'s way of saying nothing\n    frame = clean(weather)\n    wet = frame["precipitation"] > THRESHOLD\n    return frame[wet].groupby("date").agg({"temp_max": "max", "temp_min": "min"}).reset_index()\n',
    cell: n.cell ? `The cell was ${n.cell} since it ran` : "Cell 4",
    versions: { code: "8f14e45fceea167a5a36dedd4bea2543", data: "c9f0f895fb98ab9159f51fd0297e236d", python: "3.11" },
    upstream: view.edges.filter((e) => e.to === id).map((e) => e.from), downstream: view.edges.filter((e) => e.from === id).map((e) => e.to),
    metadata: [
      { label: "rows", type: "int", value: 336776 }, { label: "mean", type: "float", value: 12.345678901 }, { label: "checked", type: "bool", value: true },
      { label: "preview", type: "md", value: "| date | max |\n|---|---|\n| 2012-01-01 | 12.8 |\n| 2012-01-02 | 10.6 |" }, { label: "source", type: "url", value: "https://example.org/data.csv" },
      { label: "bad link", type: "url", value: "javascript:alert(1)" }, { label: "file", type: "path", value: "/data/store/weather/2012.parquet" },
      { label: "settings", type: "json", value: { window: 7, columns: ["temp_max", "temp_min"], nested: { deep: [1, 2, { x: null }] } } },
      { label: "sample", type: "table", value: { columns: ["city", "temp", "wind"], rows: [["Seattle", 12.8, 4.7], ["Tacoma", 10.6, 3.1]] } },
      { label: "made from", type: "asset", value: view.nodes[0].id }, { label: "seen at", type: "timestamp", value: now }, { label: "nothing", type: "null", value: null },
      { label: "a label that is rather long to read", type: "text", value: "plain words, which go on for a while so that they have to be broken somewhere" },
    ],
    plots: [{ label: "rows", points: Array.from({ length: 14 }, (_, i) => [now - (14 - i) * day, 330000 + Math.round(4000 * Math.sin(i / 2) + i * 400)]) }, { label: "rmse", points: [[now - day, 0.231], [now, 0.219]] }],
    history: n.state === "missing" && !n.parts ? [] : [
      ...(failed ? [{ run: "r9", at: now, seconds: 0.4, partition: null, version: "", outcome: "failed", error: "ValueError: Input X contains NaN.", metadata: [] }] : []),
      { run: "r8", at: now - day, seconds: 2.41, partition: n.parts ? "2012-03-01" : null, version: "c9f0f895fb98", outcome: "success", error: "", metadata: [{ label: "rows", type: "int", value: 336776 }] },
      { run: "r7", at: now - 3 * day, seconds: 132, partition: n.parts ? "2012-02-29" : null, version: "45c48cce2e2d", outcome: "success", error: "", metadata: [] },
      { run: "r6", at: now - 90 * day, seconds: 0.03, partition: n.parts ? "2012-02-28" : null, version: "", outcome: "cancelled", error: "", metadata: [] },
    ],
    error: failed ? { text: "ValueError: Input X contains NaN.", traceback: 'Traceback (most recent call last):\n  Cell 7, line 12, in rain_model\n    model.fit(frame[FEATURES], frame["rain"])\n  File ".../sklearn/linear_model/_logistic.py", line 1193, in fit\n    X, y = self._validate_data(X, y, accept_sparse="csr", dtype=_dtype, order="C")\nValueError: Input X contains NaN.' } : null,
    log: "reading 1461 rows\n\u001b[32mdone\u001b[0m in 0.2 s\n", parts: n.parts ? { total: n.parts, counts: n.counts } : null, untracked: ["connection (sqlite3.Connection)"],
    checks: Object.entries(n.checks).flatMap(([outcome, many]) => Array.from({ length: many }, (_, i) => check(`${outcome}_${i}`, outcome, now - i * day))),
  };
}

export function days(n, start = "2013-01-01") {
  const from = new Date(`${start}T00:00:00Z`).getTime();
  return Array.from({ length: n }, (_, i) => new Date(from + i * 86400000).toISOString().slice(0, 10));
}

/** The group of [name, keys] dimensions: their product, the last varying fastest. */
export function multi(title, dimensions, ids) {
  const columns = dimensions.reduce((all, [, keys]) => all.flatMap((one) => keys.map((key) => (one ? `${one}|${key}` : key))), [""]);
  return [title, columns, ids, dimensions.map(([name, keys]) => ({ name, keys, time: name === "day" }))];
}

/** Groups given as [title, columns, rows, dimensions]; states in stretches, as backfills leave them. */
export function grid(groups, seed = 3) {
  const states = ["running", "queued", "failed", "missing", "stale", "upstream", "fresh"];
  const r = random(seed);
  let offset = 0;
  const made = groups.map(([title, columns, ids, dimensions = []]) => {
    const g = { title, columns, rows: ids.map((id) => ({ id, label: id, counts: {} })), offset, dimensions };
    offset += columns.length * ids.length;
    return g;
  });
  const bytes = new Uint8Array(offset);
  for (const g of made) {
    g.rows.forEach((row, i) => {
      const done = Math.floor(g.columns.length * (0.55 + 0.4 * r()));
      const [s0, s1] = [Math.floor(r() * done), Math.floor(r() * 25)];
      for (let c = 0; c < g.columns.length; c++) {
        let byte = c < done ? 6 : 3;
        if (c >= s0 && c < s0 + s1) byte = 4;
        if (c < done && r() < 0.012) byte = 2;
        if (i % 7 === 5 && c < 40) byte = 255;
        bytes[g.offset + i * g.columns.length + c] = byte;
        if (byte !== 255) row.counts[states[byte]] = (row.counts[states[byte]] ?? 0) + 1;
      }
    });
  }
  return { view: { op: "grid", groups: made, states, shape: made.map((g) => `${g.columns[0]} ${g.columns.length} ${g.rows.length}`).join() }, bytes };
}

/** What anywidget gives to `render`, with a kernel behind it that answers after `delay` ms. */
export class FakeModel {
  constructor({ view = null, cells = null, delay = 5, step = 120, busy = false } = {}) {
    Object.assign(this, { view, cells, delay, step, busy });
    this.sent = [];
    this.heard = new Map();
    this.saved = null;
    this.held = [];
  }
  get(name) {
    return name === "_view" ? this.saved : undefined;
  }
  on(name, callback) {
    this.heard.set(name, [...(this.heard.get(name) ?? []), callback]);
  }
  off(name, callback) {
    this.heard.set(name, (this.heard.get(name) ?? []).filter((each) => callback && each !== callback));
  }
  push(message, buffers = []) {
    for (const each of this.heard.get("msg:custom") ?? []) each(structuredClone(message), buffers);
  }
  send(message) {
    this.sent.push(structuredClone(message));
    if (this.busy) this.held.push(message);
    else setTimeout(() => this.answer(message), this.delay);
  }
  /** The cell is over: what waited is answered. */
  free() {
    this.busy = false;
    for (const message of this.held.splice(0)) this.answer(message);
  }
  requests(op) {
    return this.sent.filter((each) => each.op === op).map(({ id, ...rest }) => rest);
  }
  answer(message) {
    const reply = (payload, buffers) => this.push({ op: "reply", id: message.id, ok: true, ...payload }, buffers);
    switch (message.op) {
      case "hello":
        return reply(this.view ? { snapshot: this.view } : {});
      case "details":
        return reply({ details: details(this.view, message.key) });
      case "grid": {
        const made = this.cells ?? grid([["Days of 2013", days(365), message.keys ?? ["by_day"]]]);
        return reply({ grid: made.view }, [new DataView(made.bytes.buffer.slice(0))]);
      }
      case "values": {
        // rows grow with the days and differ by asset; a partition that was never made has none
        const { view, bytes } = this.cells ?? grid([["Days of 2013", days(365), ["by_day"]]]);
        const numbers = new Float64Array(bytes.length);
        bytes.forEach((byte, i) => (numbers[i] = view.states[byte] === "missing" || byte === 255 ? NaN : message.measure === "seconds" ? 0.2 + (i % 97) / 40 : 1000 + i));
        const measures = [{ id: "seconds", label: "duration" }, { id: "metadata:rows", label: "rows" }, { id: "metadata:<b>", label: "<b>" }];
        return reply({ values: { op: "values", measures, measure: message.measure ?? "", shape: view.shape } }, message.measure ? [new DataView(numbers.buffer)] : []);
      }
      case "related": {
        // each asset reads the same week up to a day of the one above it
        const group = this.cells.view.groups.find((g) => g.rows.some((row) => row.id === message.key));
        const [row, at, last] = [group.rows.findIndex((each) => each.id === message.key), group.columns.indexOf(message.partition), group.columns.length - 1];
        const line = (other, from, to) => {
          const [first, end] = [Math.max(0, from), Math.min(last, to)];
          return other ? [{ id: other.id, total: end - first + 1, ranges: [[group.columns[first], group.columns[end]]] }] : [];
        };
        return reply({ related: { op: "related", id: message.key, partition: message.partition, up: line(group.rows[row - 1], at - 6, at), down: line(group.rows[row + 1], at, at + 6) } });
      }
      case "plan": {
        const due = this.view ? this.due(message.keys) : [];
        const kept = this.view ? this.view.nodes.length - due.length : 0;
        const n = message.partitions ? Object.values(message.partitions).flat().length : due.length;
        return reply({ plan: { op: "plan", run: due.slice(0, 9).map((id) => ({ id, partitions: 1, cause: "code changed" })), maybe: due.slice(9, 11).map((id) => ({ id, partitions: 1, cause: "an ancestor runs" })), kept, text: n ? `Would run ${n}, keeps ${kept} · about 12 s` : `Nothing to do: ${kept} up to date`, blocked: "" } });
      }
      case "materialize":
        this.runs = (this.runs ?? 0) + 1;
        reply({ run: `click-${this.runs}`, state: "queued" });
        return void this.simulate(message, `click-${this.runs}`);
      case "cancel":
        this.cancelled = true;
        if (this.view?.run) this.view.run.state = "cancelling";
        this.tell(() => {}, false, []);
        return reply({});
      case "tidy":
      case "layout":
        if (message.direction) this.turned = message.direction === "LR";
        this.tell(() => (this.view.size = place(this.view.nodes, this.view.edges, this.turned)), true);
        return reply({});
      default:
        return this.push({ op: "reply", id: message.id, ok: false, error: `unknown request ${message.op}` });
    }
  }
  due(keys) {
    const want = new Set(keys !== "*" ? keys : this.view.nodes.map((n) => n.id));
    for (let grown = true; grown; ) {
      grown = false;
      for (const e of this.view.edges) if (want.has(e.to) && !want.has(e.from)) grown = !!want.add(e.from);
    }
    return this.view.nodes.filter((n) => want.has(n.id) && !["fresh", "external", "ghost"].includes(n.state)).map((n) => n.id);
  }
  /** Changes the view and tells the pages what changed. */
  tell(change, edges = false, only = null) {
    change();
    this.view.rev++;
    this.view.counts = count(this.view.nodes);
    const nodes = only ? this.view.nodes.filter((n) => only.includes(n.id)) : this.view.nodes;
    this.push({ op: "delta", rev: this.view.rev, nodes, gone: [], ...(edges ? { edges: this.view.edges } : {}), run: this.view.run, counts: this.view.counts, size: this.view.size, note: this.view.note });
  }
  grow(added, pairs) {
    this.tell(() => {
      this.view.nodes.push(...added);
      this.view.edges.push(...pairs.map(([from, to]) => ({ from, to, points: [], loads: true })));
      this.view.size = place(this.view.nodes, this.view.edges, this.turned);
    }, true);
  }
  async simulate(message, id) {
    if (!this.view) return;
    const steps = this.due(message.keys);
    const run = (over) => (this.view.run = { id, state: "running", done: 0, total: steps.length, current: "", text: "", waiting: 0, kept: 0, seconds: 0, ...this.view.run, ...over });
    this.view.run = null;
    this.cancelled = false;
    const going = () => (this.cancelled ? "cancelling" : "running");
    const wait = () => new Promise((done) => setTimeout(done, this.step));
    const at = (id) => this.view.nodes.find((n) => n.id === id);
    this.tell(() => run({}), false, []);
    for (let i = 0; i < steps.length && !this.cancelled; i++) {
      this.tell(() => {
        Object.assign(at(steps[i]), { state: "running", cause: "", error: "" });
        run({ state: going(), current: steps[i], done: i });
      }, false, [steps[i]]);
      await wait();
      this.tell(() => Object.assign(at(steps[i]), { state: "fresh", counts: at(steps[i]).parts ? { fresh: at(steps[i]).parts } : null }), false, [steps[i]]);
    }
    const text = this.cancelled ? "Cancelled" : steps.length ? `Materialized ${steps.length} · unchanged: 14 downstream kept` : `Nothing to do: ${this.view.nodes.length} up to date`;
    this.tell(() => run({ state: this.cancelled ? "cancelled" : "done", done: steps.length, current: "", text, seconds: 1.4 }), false, []);
  }
}
