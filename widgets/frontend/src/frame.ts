// The widget's root: themed, deaf to the notebook's shortcuts, and clean when it goes.
import { h, on } from "./element";
import { hidePicture } from "./picture";
import { watchTheme, type Theme } from "./theme";
import { Wire, type AnyModel } from "./wire";

export interface Frame {
  root: HTMLElement;
  wire: Wire;
  theme: () => Theme;
  close: () => void;
}

export function frame(model: AnyModel, el: HTMLElement, name: string, repaint: () => void): Frame {
  const root = h("div", { class: `assets-widget as-${name}`, "data-lm-suppress-shortcuts": "true" });
  el.replaceChildren(root);
  // single letters mean something else to the notebook around us
  for (const event of ["keydown", "keyup", "keypress"]) on(root, event, (e) => e.stopPropagation());
  const theme = watchTheme(root, repaint);
  const picture = hidePicture(el);
  const wire = new Wire(model);
  const raf = requestAnimationFrame(() => theme.look());
  return {
    root,
    wire,
    theme: () => theme,
    close: () => {
      cancelAnimationFrame(raf);
      wire.close();
      theme.close();
      picture();
      root.remove();
    },
  };
}
