// A unified diff, coloured by line and marked by its own signs.
import { h } from "./element";

export function diffView(text: string): HTMLElement {
  const lines = text.replace(/\n$/, "").split("\n");
  return h("pre.as-diff", { tabindex: 0 },
    lines.map((line) => {
      const kind = line.startsWith("@@") || line.startsWith("---") || line.startsWith("+++") ? "place" : line[0] === "+" ? "new" : line[0] === "-" ? "old" : "same";
      return h("span", { class: `as-diff-${kind}` }, `${line}\n`);
    }),
  );
}
