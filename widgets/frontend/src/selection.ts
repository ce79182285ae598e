// Which nodes are chosen. Everybody who shows or uses the choice listens here.

export class Selection {
  readonly ids = new Set<string>();
  /** The one chosen last: the panel's subject. */
  latest = "";
  private readonly listeners: (() => void)[] = [];

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  only(id: string): void {
    if (this.ids.size === 1 && this.ids.has(id)) return;
    this.ids.clear();
    this.ids.add(id);
    this.latest = id;
    this.tell();
  }

  toggle(id: string): void {
    if (this.ids.delete(id)) this.latest = [...this.ids].at(-1) ?? "";
    else {
      this.ids.add(id);
      this.latest = id;
    }
    this.tell();
  }

  clear(): void {
    if (this.ids.size === 0) return;
    this.ids.clear();
    this.latest = "";
    this.tell();
  }

  /** Nodes that left the graph leave the choice. */
  drop(gone: string[]): void {
    const before = this.ids.size;
    for (const id of gone) this.ids.delete(id);
    if (this.ids.size === before) return;
    if (!this.ids.has(this.latest)) this.latest = [...this.ids].at(-1) ?? "";
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
