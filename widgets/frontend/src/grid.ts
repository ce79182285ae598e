// The partition grid widget: wires a model to one grid.
import { frame } from "./frame";
import { gridPane } from "./gridview";
import type { GridView, Note, RunView } from "./model";
import { LOST, type Message, type RenderProps } from "./wire";

function render({ model, el }: RenderProps): () => void {
  const made = frame(model, el, "grid", () => pane?.repaint());
  let pane: ReturnType<typeof gridPane> | null = null;
  const shown = gridPane(made.wire, made.theme);
  pane = shown;
  made.root.append(shown.element);

  const facts = (message: Message) => {
    if (message.run !== undefined) shown.showRun(message.run as RunView | null);
    if (message.note !== undefined) shown.showNote(message.note as Note | null);
  };
  made.wire.on("grid", (message, buffers) => {
    shown.take(message as unknown as GridView, buffers);
    facts(message);
  });
  // states have changed: the bytes are asked for again
  for (const op of ["snapshot", "delta"]) {
    made.wire.on(op, (message) => {
      facts(message);
      shown.reload();
    });
  }
  made.wire.on("run", facts);
  made.wire.on("lost", () => {
    facts({ op: "", run: null, note: LOST });
    greet();
  });
  facts((model.get("_view") as Message | null) ?? { op: "" });
  greet();
  shown.reload();

  function greet(): void {
    made.wire.hello().then((answer) => facts(answer.body), () => undefined);
  }

  return () => {
    shown.close();
    made.close();
  };
}

export default { render };
