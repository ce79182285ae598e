// The row of buttons over the stage.
import { h } from "./element";
import { icon, type IconName } from "./icons";

export interface Tool {
  icon: IconName;
  title: string;
  act: () => void;
}

export function toolbar(start: Node[], middle: Node[], tools: Tool[]): HTMLElement {
  return h("div.as-toolbar", ...start,
    h("span.as-space"),
    ...middle,
    h("div.as-tools", { role: "group", "aria-label": "View" },
      tools.map((tool) => h("button.as-tool", { title: tool.title, "aria-label": tool.title, onclick: tool.act }, icon(tool.icon))),
    ),
  );
}
