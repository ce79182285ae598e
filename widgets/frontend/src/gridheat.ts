// Colours by number instead of by state: seconds, rows, any number that the partitions' metadata holds.
// The kernel sends one number a cell; the scale, its legend and the words are made here.
import { h, put } from "./element";
import { NONE, type GridCells } from "./gridcells";
import { exp, max, min, round } from "./numbers";
import { mix, pack, rgb, type Ink, type Rgb } from "./paint";
import { span } from "./runbar";
import type { Palette } from "./theme";
import { viewIn, type Wire } from "./wire";

interface ValuesView {
  measures: { id: string; label: string }[];
  measure: string;
  shape: string;
}

/** The byte of a partition without a number; those before it are places on the scale. */
const BLANK = 254;
/** From dark to bright for every eye, whatever colours it tells apart. */
const STOPS: Rgb[] = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"].map(
  (text) => [0, 2, 4].map((at) => parseInt(text.slice(at, at + 2), 16)) as Rgb,
);
/** Numbers that lie further apart than this are shown by their logarithms. */
const FAR = 1000;

interface Scale {
  low: number;
  high: number;
  log: boolean;
}

export function makeHeat(wire: Wire, changed: () => void) {
  const pick = h("select.as-pick", { "aria-label": "Colour by", onchange: picked });
  const scale = h("div.as-scale", { role: "img", hidden: true });
  const element = h("div.as-colours", h("label", "Colour by ", pick), scale);
  let measure = "";
  let label = "";
  let known = "";
  let told: GridCells | null = null;
  let numbers: Float64Array | null = null;
  let turn = 0;
  // what is on show, worked out for one set of cells and of numbers
  let shown: Float64Array = new Float64Array();
  let bytes: Uint8Array = new Uint8Array();
  let made: unknown[] = [];
  let range: Scale | null = null;
  offer([]);

  function offer(measures: ValuesView["measures"]): void {
    const all = [{ id: "", label: "state" }, ...measures];
    if (measure && !measures.some(({ id }) => id === measure)) all.push({ id: measure, label });
    const key = JSON.stringify(all);
    if (key !== known) put(pick, all.map(({ id, label }) => h("option", { value: id }, label)));
    known = key;
    pick.value = measure;
  }

  function picked(): void {
    measure = pick.value;
    label = pick.selectedOptions[0]?.textContent ?? "";
    numbers = null;
    changed();
    void ask();
  }

  /** The grid has been told anew, and the numbers with it. */
  function take(cells: GridCells): void {
    told = cells;
    void ask();
  }

  async function ask(): Promise<void> {
    const mine = ++turn;
    const cells = told;
    if (!cells) return;
    try {
      const answer = await wire.ask("values", { keys: null, measure: measure || null });
      const view = viewIn<ValuesView>(answer, "values", "measures");
      if (!view || mine !== turn) return;
      offer(view.measures);
      const data = answer.buffers[0];
      // numbers of another grid are of no use: the next one is on its way, and asks again
      if (!measure || !data || view.shape !== cells.view.shape || data.byteLength !== cells.bytes.length * 8) return;
      numbers = new Float64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
      changed();
    } catch {
      // the states are shown as before
    }
  }

  /** Works out what the cells show, unless that is known. */
  function work(cells: GridCells): boolean {
    if (!measure || !numbers || numbers.length !== cells.inner.bytes.length) return false;
    if (made[0] === cells && made[1] === numbers) return true;
    made = [cells, numbers];
    const count = cells.bytes.length;
    if (cells === cells.inner) shown = numbers;
    else {
      shown = new Float64Array(count).fill(NaN);
      for (let i = 0; i < count; i++) {
        const parts = cells.parts(i);
        for (let p = 0; p < parts.length; p++) {
          const number = numbers[parts[p]!]!;
          if (number === number) shown[i] = (shown[i] === shown[i] ? shown[i]! : 0) + number;
        }
      }
    }
    let [low, high] = [Infinity, -Infinity];
    for (const number of shown) {
      if (number < low) low = number;
      if (number > high) high = number;
    }
    range = low <= high ? { low, high, log: low > 0 && high / low >= FAR } : null;
    bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const number = shown[i]!;
      bytes[i] = cells.bytes[i] === NONE ? NONE : number === number ? round(place(number) * (BLANK - 1)) : BLANK;
    }
    return true;
  }

  /** Where on the scale a number is, from 0 to 1. */
  function place(number: number): number {
    const { low, high, log } = range!;
    if (low === high) return 0.5;
    return log ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
  }

  /** What the painter paints with; null where states are shown. */
  function ink(cells: GridCells, look: Palette): Ink | null {
    const on = work(cells);
    scale.hidden = !measure;
    if (!on) return null;
    legend(cells);
    const page = rgb(look.page);
    const full = new Uint32Array(256);
    const faded = new Uint32Array(256);
    const rank = new Uint8Array(256);
    const dark = new Uint8Array(256);
    for (let byte = 0; byte < 256; byte++) {
      const colour = byte < BLANK ? tone(byte / (BLANK - 1)) : mix(rgb(look.text), page, byte === BLANK ? 0.82 : 0.95);
      full[byte] = pack(colour);
      faded[byte] = pack(mix(colour, page, 0.68));
      // of several under one pixel the highest shows
      rank[byte] = byte < BLANK ? BLANK - 1 - byte : byte;
      dark[byte] = Number(colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11 < 140);
    }
    return { bytes, full, faded, rank, text: (i) => (shown[i] === shown[i] ? brief(shown[i]!) : ""), dark };
  }

  function legend(cells: GridCells): void {
    const blank = bytes.reduce((n, byte) => n + Number(byte === BLANK), 0);
    const sums = cells !== cells.inner && made[0] === cells && several(cells);
    const key = JSON.stringify([measure, range, blank, sums]);
    if (scale.dataset.key === key) return;
    scale.dataset.key = key;
    const middle = range && (range.log ? exp((Math.log(range.low) + Math.log(range.high)) / 2) : (range.low + range.high) / 2);
    const bar = h("span.as-ramp");
    const wide = range && range.low < range.high;
    const stops = wide ? STOPS : [tone(0.5), tone(0.5)];
    bar.style.background = `linear-gradient(to right, ${stops.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
    if (!wide) bar.style.width = "12px";
    const ends = wide ? [h("b", words(range!.low)), bar, h("b", words(range!.high))] : [bar, h("b", words(range?.low ?? 0))];
    put(
      scale,
      range ? ends : h("span", "no partition has a number"),
      wide ? h("span", `middle ${words(middle!)}${range!.log ? ", logarithmic" : ""}`) : null,
      blank && range ? h("span", h("i.as-blank"), `${blank.toLocaleString("en")} without`) : null,
      sums ? h("span", "summed") : null,
    );
    scale.setAttribute("aria-label", `${label}: ${scale.textContent}`);
  }

  function several(cells: GridCells): boolean {
    for (let i = 0; i < cells.bytes.length; i++) if (cells.parts(i).length > 1) return true;
    return false;
  }

  function words(number: number): string {
    return measure === "seconds" ? span(number) : number.toLocaleString("en", { maximumSignificantDigits: 6 });
  }

  function brief(number: number): string {
    if (measure === "seconds") return span(number);
    const short = Math.abs(number) < 10_000;
    return number.toLocaleString("en", { maximumSignificantDigits: short ? 4 : 3, notation: short ? "standard" : "compact" });
  }

  /** What is said of a cell in the tip: nothing where states are shown. */
  function said(i: number): string {
    if (!measure || !numbers || i >= shown.length) return "";
    return `${label} ${shown[i] === shown[i] ? words(shown[i]!) : "none"}`;
  }

  return { element, take, ink, said };
}

/** A colour of the scale. */
function tone(share: number): Rgb {
  const at = share * (STOPS.length - 1);
  const low = min(STOPS.length - 2, max(0, Math.floor(at)));
  return mix(STOPS[low]!, STOPS[low + 1]!, at - low);
}
