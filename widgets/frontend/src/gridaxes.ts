// Which two dimensions of multi-partitioned assets are shown, and what becomes of the others.
import { h, put } from "./element";
import { dimensionsKey, type Pivot } from "./gridpivot";
import type { Dimension, GridView } from "./model";

export function makeAxes(changed: () => void) {
  const element = h("div.as-axes", { hidden: true });
  const pivots = new Map<string, Pivot>();
  let spaces = new Map<string, Dimension[]>();
  let shown = "";

  /** The dimensions that there are now; what was picked stays, as far as it is still there. */
  function take(view: GridView): Map<string, Pivot> {
    spaces = new Map(view.groups.filter(dimensionsKey).map((group) => [dimensionsKey(group), group.dimensions]));
    for (const [key, dimensions] of spaces) {
      const pivot = pivots.get(key) ?? first(dimensions);
      pivots.set(key, pivot);
      for (const { name, keys } of dimensions) if (!keys.includes(pivot.held[name] ?? "")) delete pivot.held[name];
    }
    show();
    return pivots;
  }

  function show(): void {
    const key = JSON.stringify([[...spaces], [...pivots]]);
    if (key === shown) return;
    shown = key;
    element.hidden = !spaces.size;
    put(element, [...spaces].map(([key, dimensions]) => controls(dimensions, pivots.get(key)!)));
  }

  function controls(dimensions: Dimension[], pivot: Pivot): HTMLElement {
    const names = dimensions.map(({ name }) => name);
    const all = names.join(" × ");
    const pick = (label: string, options: [string, string][], value: string, set: (value: string) => void) => {
      const select = h("select.as-pick", { "aria-label": `${label} of ${all}`, onchange: () => set(select.value) },
        options.map(([value, text]) => h("option", { value }, text)),
      );
      select.value = value;
      return h("label", `${label} `, select);
    };
    const axis = (mine: "rows" | "columns", other: "rows" | "columns") => (name: string) => {
      if (name && name === pivot[other]) pivot[other] = pivot[mine] || names.find((each) => each !== name)!;
      pivot[mine] = name;
      show();
      changed();
    };
    const others = dimensions.filter(({ name }) => name !== pivot.rows && name !== pivot.columns);
    return h("div",
      h("b", all),
      pick("Rows", [...names.map((name): [string, string] => [name, name]), ["", "assets"]], pivot.rows, axis("rows", "columns")),
      pick("Columns", names.map((name) => [name, name]), pivot.columns, axis("columns", "rows")),
      others.map(({ name, keys }) =>
        // an option's place stands for its key, which may be any text
        pick(name, [["-1", "all, summed"], ...keys.map((key, i): [string, string] => [String(i), key])], String(name in pivot.held ? keys.indexOf(pivot.held[name]!) : -1), (place) => {
          if (place === "-1") delete pivot.held[name];
          else pivot.held[name] = keys[Number(place)]!;
          show();
          changed();
        }),
      ),
    );
  }

  return { element, take };
}

/** Time, or else the dimension with the most keys, goes across. */
function first(dimensions: Dimension[]): Pivot {
  const columns = dimensions.find(({ time }) => time) ?? dimensions.reduce((most, each) => (each.keys.length > most.keys.length ? each : most));
  return { rows: dimensions.find((each) => each !== columns)!.name, columns: columns.name, held: {} };
}
