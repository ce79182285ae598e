// The little Markdown that descriptions and metadata use, made of text nodes: headings, lists,
// quotes, code, tables, emphasis, images that the text holds itself, and links to http(s) only.
// Markup in the text stays text.
import { h, words } from "./element";

/** A link where the address is one that may be followed; else its text. */
export function link(address: string, text = address): Node {
  try {
    const url = new URL(address);
    if (url.protocol === "http:" || url.protocol === "https:") {
      return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
    }
  } catch {
    // not an address: shown as it is
  }
  return words(text === address ? text : `${text} (${address})`);
}

const INLINE = /!\[([^\]]*)\]\((data:image\/(?:png|jpeg|gif|webp);base64,[\w+/=]+)\)|(`+)(.+?)\3|\[([^\]]+)\]\(([^()\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*)\*|\b_([^_\s][^_]*)_\b|(https?:\/\/[^\s<>)]+)/;

function inline(text: string, depth = 0): Node[] {
  const out: Node[] = [];
  let rest = text;
  while (rest) {
    const found = depth < 4 ? INLINE.exec(rest) : null;
    if (!found) {
      out.push(words(rest));
      break;
    }
    if (found.index) out.push(words(rest.slice(0, found.index)));
    const [all, alt, image, , code, label, address, bold, bold2, soft, soft2, bare] = found;
    if (image) out.push(h("img", { src: image, alt: alt! }));
    else if (code !== undefined) out.push(h("code", code));
    else if (address !== undefined) out.push(link(address, label!));
    else if (bare !== undefined) out.push(link(bare));
    else if (bold ?? bold2) out.push(h("strong", ...inline((bold ?? bold2)!, depth + 1)));
    else out.push(h("em", ...inline((soft ?? soft2)!, depth + 1)));
    rest = rest.slice(found.index + all.length);
  }
  return out;
}

const cells = (line: string) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());

const RULE = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

export function markdown(text: string): HTMLElement {
  const root = h("div.as-md");
  const lines = text.replace(/\r/g, "").split("\n");
  let i = 0;
  const take = (keep: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    while (i < lines.length && keep(lines[i]!)) taken.push(lines[i++]!);
    return taken;
  };
  while (i < lines.length) {
    const line = lines[i]!;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = ITEM.exec(line);
    if (!line.trim()) i++;
    else if (/^\s*```/.test(line)) {
      i++;
      root.append(h("pre.as-code", take((l) => !/^\s*```/.test(l)).join("\n")));
      i++;
    } else if (heading) {
      root.append(h("div.as-md-head", { role: "heading", "aria-level": heading[1]!.length + 2 }, ...inline(heading[2]!)));
      i++;
    } else if (line.includes("|") && RULE.test(lines[i + 1] ?? "")) {
      const head = cells(line);
      i += 2;
      root.append(table(head, take((l) => l.includes("|")).map(cells), (cell) => inline(String(cell))));
    } else if (item) {
      const list = h(item[1] ? "ol" : "ul");
      for (const each of take((l) => ITEM.test(l))) list.append(h("li", ...inline(ITEM.exec(each)![2]!)));
      root.append(list);
    } else if (/^\s*>/.test(line)) {
      const quoted = take((l) => /^\s*>/.test(l)).map((l) => l.replace(/^\s*>\s?/, ""));
      root.append(h("blockquote", ...inline(quoted.join(" "))));
    } else {
      const paragraph = [lines[i++]!, ...take((l) => l.trim() !== "" && !ITEM.test(l) && !/^(#{1,6}\s|\s*```|\s*>)/.test(l))];
      root.append(h("p", ...inline(paragraph.join(" "))));
    }
  }
  return root;
}

/** A plain table that scrolls by itself. */
export function table(head: string[], rows: unknown[][], cell: (value: unknown) => Node[]): HTMLElement {
  return h("div.as-table", { tabindex: 0 },
    h(
      "table",
      h("thead", h("tr", head.map((name) => h("th", name)))),
      h("tbody", rows.map((row) => h("tr", row.map((value) => h("td", { class: typeof value === "number" ? "as-number" : "" }, ...cell(value)))))),
    ),
  );
}
