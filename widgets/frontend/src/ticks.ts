// The words above a grid's columns: years, months, days and hours where the keys are dates, else
// the keys, thinned so that no two touch.
import { max, min } from "./numbers";

export interface Tick {
  column: number;
  text: string;
  /** Upper row: the larger unit. */
  upper: boolean;
}

const DATE = /^(\d{4})-(\d\d)(?:-(\d\d))?(?:[-T ](\d\d)(?::?(\d\d))?)?/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const GAP = 8;

type Parts = { year: string; month: string; day: string; hour: string };

function parse(key: string): Parts | null {
  const found = DATE.exec(key);
  if (!found) return null;
  const [, year, month, day, hour, minute] = found;
  return { year: year!, month: month!, day: day ?? "", hour: hour === undefined ? "" : `${hour}:${minute ?? "00"}` };
}

/** Ticks for columns `cell` pixels wide; `measure` gives the width of a text. */
export function ticks(columns: string[], cell: number, measure: (text: string) => number): Tick[] {
  const dates = columns.map(parse);
  if (columns.length === 0) return [];
  if (dates.some((d) => d === null)) return plain(columns, cell, measure);
  const all = dates as Parts[];
  const month = (d: Parts) => MONTHS[Number(d.month) - 1] ?? d.month;
  const levels: { key: (d: Parts) => string; text: (d: Parts) => string; full: (d: Parts) => string }[] = [
    { key: (d) => d.year, text: (d) => d.year, full: (d) => d.year },
    { key: (d) => d.year + d.month, text: month, full: (d) => `${month(d)} ${d.year}` },
  ];
  if (all.some((d) => d.day)) levels.push({ key: (d) => d.year + d.month + d.day, text: (d) => String(Number(d.day)), full: (d) => `${Number(d.day)} ${month(d)} ${d.year}` });
  if (all.some((d) => d.hour)) levels.push({ key: (d) => d.year + d.month + d.day + d.hour, text: (d) => d.hour, full: (d) => d.hour });

  const starts = levels.map(({ key }) => all.map((_, i) => i).filter((i) => i === 0 || key(all[i]!) !== key(all[i - 1]!)));
  // the finest level whose words fit, thinned by steps that people count in
  let fine = levels.length - 1;
  let picked: number[] = [];
  for (; fine > 0; fine--) {
    picked = thin(starts[fine]!, cell, (i) => measure(levels[fine]!.text(all[i]!)), fine === levels.length - 1 && fine === 2 ? (i) => Number(all[i]!.day) : null);
    const steps = starts[fine]!.length / max(1, picked.length);
    if (steps <= (fine === 1 ? 1 : fine === 2 ? 8 : 12)) break;
  }
  if (fine === 0) picked = thin(starts[0]!, cell, (i) => measure(levels[0]!.text(all[i]!)), null);
  const out: Tick[] = picked.map((column) => ({ column, text: levels[fine]!.text(all[column]!), upper: false }));
  if (fine > 0) {
    const coarse = fine - 1;
    const words = (i: number) => levels[coarse]!.full(all[i]!);
    for (const column of thin(starts[coarse]!, cell, (i) => measure(words(i)), null)) out.push({ column, text: words(column), upper: true });
  }
  return out;
}

function plain(columns: string[], cell: number, measure: (text: string) => number): Tick[] {
  const all = columns.map((_, i) => i);
  return thin(all, cell, (i) => min(120, measure(columns[i]!)), null).map((column) => ({ column, text: columns[column]!, upper: false }));
}

/** The starts whose words do not touch; with `number`, days are taken at round steps. */
function thin(starts: number[], cell: number, width: (i: number) => number, number: ((i: number) => number) | null): number[] {
  if (number) {
    for (const step of [1, 2, 5, 10, 15]) {
      const kept = starts.filter((i) => step === 1 || number(i) === 1 || (number(i) % step === 0 && number(i) < 31 - step / 2));
      if (fits(kept, cell, width)) return kept;
    }
    return starts.filter((i) => number(i) === 1);
  }
  const kept: number[] = [];
  let end = -Infinity;
  for (const i of starts) {
    if (i * cell < end + GAP) continue;
    kept.push(i);
    end = i * cell + width(i);
  }
  return kept;
}

function fits(kept: number[], cell: number, width: (i: number) => number): boolean {
  return kept.every((i, n) => n === 0 || (i - kept[n - 1]!) * cell >= width(kept[n - 1]!) + GAP - 2);
}
