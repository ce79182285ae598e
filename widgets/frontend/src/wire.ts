// The one place that talks to the kernel: requests with numbers and promises, views pushed by
// the kernel handed to whoever listens. Messages only, never a trait: one trait written while a
// cell awaits would stop the widget's sync for good.

export interface AnyModel {
  get(name: string): unknown;
  send(content: unknown, callbacks?: unknown, buffers?: unknown): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback?: ((...args: never[]) => void) | null): void;
}

export interface RenderProps {
  model: AnyModel;
  el: HTMLElement;
}

export interface Message {
  op: string;
  [field: string]: unknown;
}

export type Listener = (message: Message, buffers: DataView[]) => void;

/** What a widget says whose kernel is another one now; it is taken back if there is an answer after all. */
export const LOST = { text: "The kernel was restarted: run the cells again.", level: "warning" } as const;

export class RequestError extends Error {}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: RequestError) => void;
}

export interface Answer {
  body: Message;
  buffers: DataView[];
}

/** Answers of one model reach all of its views, so each view counts from a place of its own. */
const firstId = () => 1 + Math.floor(Math.random() * 2 ** 20) * 2 ** 20;

export class Wire {
  private next = firstId();
  /** What the kernel knows this view by, from its hello to its bye. */
  private readonly page = this.next;
  private waiting = new Map<number, Waiting>();
  private listeners = new Map<string, Listener[]>();

  constructor(private readonly model: AnyModel) {
    model.on("msg:custom", this.heard);
    model.on("comm_live_update", this.lost);
  }

  /** Sends a request; the promise settles with the kernel's answer, however late that comes. */
  ask(op: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      try {
        this.model.send({ op, id, ...fields });
      } catch {
        this.waiting.delete(id);
        reject(new RequestError(LOST.text));
      }
    });
  }

  /** Calls `listener` with every view of that name that the kernel pushes or answers with. */
  on(op: string, listener: Listener): void {
    const list = this.listeners.get(op);
    if (list) list.push(listener);
    else this.listeners.set(op, [listener]);
  }

  /** Says that this view is open, and asks for everything. */
  hello(): Promise<Answer> {
    return this.ask("hello", { page: this.page });
  }

  close(): void {
    this.ask("bye", { page: this.page }).catch(() => undefined);
    this.model.off("msg:custom", this.heard);
    this.model.off("comm_live_update", this.lost);
    this.waiting.clear();
    this.listeners.clear();
  }

  /** The kernel was restarted, or is back: what was asked before is never answered. */
  private lost = (): void => {
    for (const asked of this.waiting.values()) asked.reject(new RequestError(LOST.text));
    this.waiting.clear();
    for (const listener of this.listeners.get("lost") ?? []) listener({ op: "lost" }, []);
  };

  private heard = (message: Message, buffers?: (DataView | ArrayBuffer)[]): void => {
    if (!message || typeof message.op !== "string") return;
    const views = (buffers ?? []).map((b) => (b instanceof ArrayBuffer ? new DataView(b) : b));
    if (message.op !== "reply") {
      for (const listener of this.listeners.get(message.op) ?? []) listener(message, views);
      return;
    }
    const asked = this.waiting.get(message.id as number);
    if (!asked) return;
    this.waiting.delete(message.id as number);
    if (message.ok) asked.resolve({ body: message, buffers: views });
    else asked.reject(new RequestError(String(message.error ?? "the kernel refused the request")));
  };
}

/** The view inside an answer: under its own name, or the answer itself when spread into it. */
export function viewIn<T>(answer: Answer, name: string, proof: string): T | null {
  const nested = answer.body[name];
  if (nested && typeof nested === "object") return nested as T;
  return proof in answer.body ? (answer.body as unknown as T) : null;
}
