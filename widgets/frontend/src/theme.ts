// Light or dark, and the colours a canvas needs. Hosts tell their theme in different ways and
// none of these reaches into a shadow root, so it is found here and written on the widget's root.
import { on } from "./element";
import { STATES } from "./states";

export interface Palette {
  dark: boolean;
  page: string;
  card: string;
  text: string;
  soft: string;
  line: string;
  accent: string;
  states: Record<string, string>;
  font: string;
}

function hostIsDark(): boolean {
  const body = document.body;
  const jupyter = body.dataset.jpThemeLight;
  if (jupyter !== undefined) return jupyter === "false";
  const names = `${body.className} ${document.documentElement.className}`;
  if (/\b(vscode-dark|vscode-high-contrast|dark|dark-theme)\b/.test(names)) return true;
  if (/\b(vscode-light|light|light-theme)\b/.test(names)) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export type Theme = ReturnType<typeof watchTheme>;

export function watchTheme(root: HTMLElement, changed: () => void) {
  const media = matchMedia("(prefers-color-scheme: dark)");

  let palette = read();

  const again = () => {
    palette = read();
    changed();
  };

  /** Reads again: the first time is too early when the root is not in the page yet. */
  const look = (): void => {
    // the host's style sheet for the new theme arrives a moment after its attribute
    again();
    setTimeout(again, 250);
  };

  const watcher = new MutationObserver(look);
  const options = { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-theme", "data-jp-theme-name"] };
  watcher.observe(document.body, options);
  watcher.observe(document.documentElement, options);
  on(media, "change", look);

  function close(): void {
    watcher.disconnect();
    media.removeEventListener("change", look);
  }

  function read(): Palette {
    const dark = hostIsDark();
    root.dataset.theme = dark ? "dark" : "light";
    const style = getComputedStyle(root);
    // without a style sheet everything is grey, and still there
    const colour = (name: string) => style.getPropertyValue(`--as-${name}`).trim() || "#888888";
    const states: Record<string, string> = {};
    for (const state of STATES) states[state] = colour(state);
    return {
      dark,
      page: colour("page"),
      card: colour("card"),
      text: colour("text"),
      soft: colour("soft"),
      line: colour("edge"),
      accent: colour("accent"),
      states,
      font: style.fontFamily || "sans-serif",
    };
  }

  return {
    get palette() {
      return palette;
    },
    look,
    close,
  };
}
