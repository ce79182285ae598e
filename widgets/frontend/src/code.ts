// Python source with a little colour: enough to read by, no grammar.
import { h } from "./element";

const TOKENS =
  /(#[^\n]*)|("""[\s\S]*?"""|'''[\s\S]*?'''|[rbfRBF]{0,2}"(?:\\.|[^"\\\n])*"|[rbfRBF]{0,2}'(?:\\.|[^'\\\n])*')|\b(and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|None|True|False|match|case)\b|(@[\w.]+)|\b(\d[\d_.eE]*)\b/g;
const KINDS = ["comment", "string", "keyword", "decorator", "number"];

export function codeView(source: string): HTMLElement {
  const pre = h("pre.as-code", { tabindex: 0 });
  let at = 0;
  for (const found of source.matchAll(TOKENS)) {
    const kind = found.slice(1).findIndex((group) => group !== undefined);
    pre.append(source.slice(at, found.index), h("span", { class: `as-${KINDS[kind]}` }, found[0]));
    at = found.index + found[0].length;
  }
  pre.append(source.slice(at));
  return pre;
}
