// What can be configured of an asset: a form for its function and for each resource that it uses, made
// from the schema that the kernel sends. The kernel alone says what fits; nothing is run before it has.
import { h, put } from "./element";
import type { ConfigPart, Schema } from "./model";
import type { Wire } from "./wire";

const VARIABLE = "environment variable";

/** The plain side of a field that may also be left out, or come from a variable of the environment. */
function plainOf(schema: Schema): Schema {
  const inner = schema.anyOf?.find((each) => each.type !== "null" && each.title !== VARIABLE);
  return inner ? plainOf(inner) : schema;
}

/** A value as one types it: a text as it is, all else as JSON. */
function typed(value: unknown, plain: boolean): string {
  return value === undefined ? "" : plain && typeof value === "string" ? value : JSON.stringify(value);
}

/** One field: its element, and what was typed; `undefined` leaves it as it is declared. */
function field(name: string, schema: Schema, value: unknown) {
  const plain = plainOf(schema);
  const text = plain.type === "string" && (value === undefined || typeof value === "string");
  const whole = !text && (value === undefined || typeof value !== "object");
  const attributes = { "aria-label": name, placeholder: typed(schema.default, true), spellcheck: "false" };
  let input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  const options = plain.enum ?? (plain.type === "boolean" ? [true, false] : null);
  if (options && whole) {
    input = h("select", attributes, h("option", { value: "" }, `as declared${"default" in schema ? `: ${typed(schema.default, true)}` : ""}`),
      options.map((each) => h("option", { value: JSON.stringify(each) }, typed(each, true))));
    input.value = value === undefined ? "" : JSON.stringify(value);
  } else if (text || (whole && (plain.type === "integer" || plain.type === "number"))) {
    input = h("input", attributes, { type: schema.writeOnly ? "password" : "text", inputmode: text ? null : "decimal" });
    input.value = typed(value, text);
  } else {
    input = h("textarea", attributes, { rows: 2, title: "JSON" });
    input.value = typed(value, false);
  }
  const read = (): unknown => {
    const said = input.value;
    if (said === "") return undefined;
    if (text) return said;
    try {
      return JSON.parse(said);
    } catch {
      if (input instanceof HTMLTextAreaElement) throw new Error(`${name} is not JSON.`);
      return said;
    }
  };
  const about = schema.description ?? plain.description;
  return { name, read, element: h("label.as-field", h("span", name), input, about ? h("span.as-soft", about) : null) };
}

/** What was typed into the fields of a part; a required one must be there, unless the kernel keeps it secret. */
function given(part: ConfigPart, fields: ReturnType<typeof field>[]): Record<string, unknown> {
  const typed = fields.map((each) => [each.name, each.read()] as const).filter(([, value]) => value !== undefined);
  const lacking = part.form.required?.find((name) => !part.form.properties?.[name]?.writeOnly && !typed.some(([each]) => each === name));
  if (lacking) throw new Error(`${lacking} of ${part.name} must be filled in.`);
  return Object.fromEntries(typed);
}

export type Form = ReturnType<typeof configForm>;

/** The forms of one asset; `done` hears when another config is in force. */
export function configForm(wire: Wire, id: string, parts: ConfigPart[], done: () => void) {
  const told = h("p", { role: "status" });
  const made = parts.map((part) => ({
    part,
    fields: Object.entries(part.form.properties ?? {}).map(([name, schema]) => field(name, schema, part.value[name])),
  }));

  function say(text: string, wrong = false): void {
    told.className = wrong ? "as-error" : "as-soft";
    put(told, text);
  }

  async function apply(run: boolean, declared = false): Promise<void> {
    try {
      const config = made.map(({ part, fields }) => ({
        section: part.section,
        name: part.name,
        value: declared ? {} : given(part, fields),
      }));
      await wire.ask("configure", { key: id, config });
      say("In force for the next runs.");
      if (run) await wire.ask("materialize", { keys: [id], mode: "due", partitions: null });
      done();
    } catch (problem) {
      say((problem as Error).message, true);
    }
  }

  const element = h("form.as-config", { onsubmit: (event: Event) => (event.preventDefault(), void apply(false)) },
    made.map(({ part, fields }) =>
      h("fieldset", h("legend", part.section !== "ops" ? "Resource" : part.name.includes(".") ? "Op" : "Function", " ", h("code", part.name)), fields.map((each) => each.element)),
    ),
    told,
    h("div.as-config-acts",
      h("button.as-act", { onclick: () => void apply(true), title: "Put it in force and materialize what is due" }, "Materialize with it"),
      h("button.as-act", { onclick: () => void apply(false), title: "For the next runs" }, "Apply"),
      h("button.as-act", { onclick: () => void apply(false, true), title: "What the code says" }, "As declared"),
    ),
  );
  return { element, parts: JSON.stringify(parts) };
}
