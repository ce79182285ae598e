// The buttons that ask for runs, and the line that tells what a click would do, what goes on and
// what came of it. A click shows "queued" at once: the kernel may be busy for long.
import { focusedNear, h, on, put, quiet, setText } from "./element";
import { icon } from "./icons";
import { active, type Mode, type Note, type PlanView, type RunView } from "./model";
import { floor, round } from "./numbers";
import { glyph } from "./states";
import { viewIn, type Answer, type Wire } from "./wire";

/** What a click would run. */
export interface Wanted {
  /** "*" is everything. */
  keys: string[] | "*";
  partitions: Record<string, string[]> | null;
}

export interface Offer {
  mode: Mode;
  label: string;
  hint: string;
  /** Asked whether it makes sense for what is chosen. */
  enabled: () => boolean;
}

interface Options {
  wire: Wire;
  wanted: () => Wanted;
  /** The words after "Materialize". */
  scope: () => string;
  ready: () => boolean;
  /** What the line says while there is nothing to tell, or nothing to run. */
  idle: () => string;
  offers: Offer[];
}

const SHOWN = 7;

export type RunBar = ReturnType<typeof makeRunBar>;

export function makeRunBar(options: Options) {
  const scope = h("span.as-scope");
  const forecast = h("div.as-forecast", { role: "tooltip" });
  const bar = h("div.as-progress", { role: "progressbar", "aria-valuemin": 0 }, h("span"));
  const sign = h("span.as-line-sign");
  const text = h("span.as-line-text", { role: "status", "aria-live": "polite" });
  const note = h("div.as-note", { hidden: true });
  let run: RunView | null = null;
  let pending = 0;
  let refused = "";
  /** A run that was promised and has not shown itself yet. */
  let awaited = "";
  let plan: PlanView | null = null;
  /** A plan newer than the last result takes its place in the line. */
  let planFirst = true;
  let asked = 0;
  const replanLater = quiet(200, () => void replan());

  const main = h("button.as-main", { onclick: () => materialize("due") },
    icon("play"),
    h("span", "Materialize"),
    scope,
  );
  const more = h("button.as-more", { "aria-label": "More ways to run", "aria-haspopup": "menu", "aria-expanded": "false", onclick: toggle },
    icon("down"),
  );
  const menu = h("div.as-menu", { role: "menu", hidden: true, onkeydown: (event: KeyboardEvent) => menuKey(event) });
  const cancel = h("button.as-cancel", { hidden: true, onclick: stop }, icon("stop"), h("span", "Cancel"));
  const split = h("div.as-split", main, more, menu, forecast);
  const buttons = h("div.as-buttons", split, cancel);
  const line = h("div.as-line", note, h("div.as-line-row", sign, text), bar);

  for (const event of ["pointerenter", "focus"]) {
    on(main, event, () => {
      planFirst = true;
      replanLater();
      forecast.classList.add("as-shown");
    });
  }
  for (const event of ["pointerleave", "blur"]) {
    on(main, event, () => forecast.classList.remove("as-shown"));
  }
  on(split, "focusout", (event) => {
    if (!split.contains(event.relatedTarget as Node)) close();
  });
  show();

  /** What is chosen has changed. */
  function choiceChanged(): void {
    refused = "";
    planFirst = true;
    forget();
    show();
    replanLater();
  }

  /** Says why something could not be done, until something else is chosen. */
  function refuse(why: string): void {
    refused = why;
    show();
  }

  /** The graph has changed: a plan on show may be out of date. */
  function graphChanged(): void {
    if (planFirst && !active(run)) replanLater();
  }

  function showRun(now: RunView | null): void {
    const over = now && !active(now) && active(run);
    if (over) forget();
    if (over || (now && now.id !== run?.id && (run || active(now)))) planFirst = false;
    // a run that is told of no more leaves the line to the next plan
    if (run && !now) planFirst = true;
    run = now;
    if (run?.id === awaited) awaited = "";
    show();
  }

  function showNote(now: Note | null): void {
    note.className = `as-note as-note-${now?.level === "error" ? "error" : now?.level === "warning" ? "warning" : "info"}`;
    note.hidden = !now?.text;
    setText(note, now?.text ?? "");
  }

  /** Asks the kernel to run what is chosen. */
  function materialize(mode: Mode): void {
    if (!options.ready()) return;
    close();
    refused = "";
    planFirst = false;
    forget();
    pending++;
    show();
    options.wire.ask("materialize", { ...options.wanted(), mode }).then(
      (answer) => answered(answer),
      (error: Error) => {
        pending--;
        refused = error.message;
        show();
      },
    );
  }

  /** Cancels; asked again, a body that went on all the same hears it again. */
  function stop(): void {
    const id = run?.id ?? null;
    if (run && run.state !== "cancelling") run = { ...run, state: "cancelling", text: "" };
    show();
    options.wire.ask("cancel", { run: id }).catch((error: Error) => {
      refused = error.message;
      show();
    });
  }

  function answered(answer: Answer): void {
    pending--;
    awaited = typeof answer.body.run === "string" ? answer.body.run : "";
    if (run?.id === awaited) awaited = "";
    // the run may have been and gone before the page heard of it
    setTimeout(() => {
      awaited = "";
      show();
    }, 3000);
    show();
  }

  /** What is known of the next run speaks of a choice that is over, and so does an answer on its way. */
  function forget(): void {
    plan = null;
    asked++;
  }

  async function replan(): Promise<void> {
    if (active(run) || pending || awaited || !options.ready()) return;
    const turn = ++asked;
    try {
      const answer = await options.wire.ask("plan", { ...options.wanted(), mode: "due" });
      if (turn !== asked) return;
      plan = viewIn<PlanView>(answer, "plan", "kept");
      show();
    } catch (error) {
      if (turn !== asked) return;
      plan = { run: [], maybe: [], kept: 0, text: "", blocked: (error as Error).message };
      show();
    }
  }

  // ---- what is shown

  function show(): void {
    const going = active(run);
    const ready = options.ready();
    setText(scope, options.scope());
    main.disabled = more.disabled = !ready;
    main.title = ready ? "" : options.idle();
    const soon = pending > 0 || awaited !== "";
    cancel.hidden = !going && !soon;
    setText(cancel.querySelector("span")!, run?.state === "cancelling" ? "Cancel again" : "Cancel");
    bar.hidden = !going && !soon;
    const waits = soon || run?.state === "queued";
    bar.classList.toggle("as-waits", waits && run?.state !== "running");
    const total = run?.total ?? 0;
    (bar.firstElementChild as HTMLElement).style.width = total ? `${(100 * (run?.done ?? 0)) / total}%` : "0";
    if (going) {
      bar.setAttribute("aria-valuemax", String(total));
      bar.setAttribute("aria-valuenow", String(run?.done ?? 0));
    }
    const [level, state, words] = saying();
    line.dataset.level = level;
    if (sign.dataset.state !== state) {
      sign.dataset.state = state;
      put(sign, state && glyph(state));
    }
    setText(text, words);
    text.title = words;
    showForecast();
  }

  /** Level, glyph and words of the line. */
  function saying(): [string, string, string] {
    if (refused) return ["error", "failed", refused];
    if (run && active(run)) return ["run", run.state === "running" ? "running" : "queued", goingOn(run, pending)];
    if (pending || awaited) return ["run", "queued", "queued: runs as soon as the kernel is free"];
    if (plan && planFirst) {
      if (plan.blocked) return ["warning", "failed", plan.run.length ? `${plan.text} · ${plan.blocked}` : plan.blocked];
      if (plan.text) return ["plan", "", plan.text];
    }
    if (run && !planFirst) {
      const bad = run.state === "failed";
      return [bad ? "error" : "done", bad ? "failed" : run.state === "cancelled" ? "queued" : "fresh", outcome(run)];
    }
    return ["plan", "", options.idle()];
  }

  function showForecast(): void {
    const lines = plan && !active(run) ? [...plan.run.map((p) => ["runs", p] as const), ...plan.maybe.map((p) => ["may run", p] as const)] : [];
    forecast.hidden = lines.length === 0;
    if (!lines.length) return;
    put(
      forecast,
      lines.slice(0, SHOWN).map(([word, part]) =>
        h(
          "div",
          h("i", word),
          h("b", part.id),
          part.partitions > 1 ? h("span", ` ${part.partitions} partitions`) : null,
          part.cause ? h("span", ` · ${part.cause}`) : null,
        ),
      ),
      lines.length > SHOWN ? h("div", `and ${lines.length - SHOWN} more`) : "",
    );
  }

  // ---- the menu

  function toggle(): void {
    if (!menu.hidden) {
      close();
      return;
    }
    put(
      menu,
      options.offers.map((offer) =>
        h(
          "button",
          { role: "menuitem", disabled: !offer.enabled(), onclick: () => materialize(offer.mode) },
          h("b", offer.label),
          h("span", offer.hint),
        ),
      ),
    );
    menu.hidden = false;
    more.setAttribute("aria-expanded", "true");
    menu.querySelector<HTMLElement>("button:not([disabled])")?.focus();
  }

  function close(): void {
    if (menu.hidden) return;
    menu.hidden = true;
    more.setAttribute("aria-expanded", "false");
  }

  function menuKey(event: KeyboardEvent): void {
    const items = [...menu.querySelectorAll<HTMLElement>("button:not([disabled])")];
    const at = items.indexOf(focusedNear(menu) as HTMLElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
    else if (event.key === "Escape") {
      close();
      more.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return {
    buttons,
    line,
    choiceChanged,
    graphChanged,
    showRun,
    showNote,
    refuse,
    materialize,
    stop,
  };
}

export function span(seconds: number): string {
  if (!(seconds >= 0)) return "";
  if (seconds < 0.0995) return `${round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${round(seconds % 60)} s` : `${floor(minutes / 60)} h ${minutes % 60} min`;
}

function goingOn(run: RunView, pending: number): string {
  const waiting = run.waiting + pending;
  const text = run.text || (run.total ? `${run.done} of ${run.total}` : "");
  const parts = [run.state === "cancelling" ? text || run.state : `${run.state}${run.state === "queued" && text ? ":" : ""} ${text}`];
  if (run.current) parts.push(run.current);
  if (waiting > 0) parts.push(`${waiting} waiting`);
  return parts.join(" · ");
}

function outcome(run: RunView): string {
  const text = run.text || `${run.state}: ${run.done} of ${run.total}`;
  return run.seconds >= 0.05 ? `${text} · ${span(run.seconds)}` : text;
}
