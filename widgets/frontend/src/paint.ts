// Colours as numbers, for pixels of an image.

export type Rgb = [number, number, number];

/** What cells are painted with: per cell a byte, and per byte its colour, the faded one, and its urgency. */
export interface Ink {
  bytes: Uint8Array;
  full: Uint32Array;
  faded: Uint32Array;
  rank: Uint8Array;
  /** What is written on a broad cell, and on which bytes the writing is light. */
  text?: (i: number) => string;
  dark?: Uint8Array;
}

const known = new Map<string, Rgb>();

/** Any CSS colour as three numbers, read back from a canvas pixel. */
export function rgb(colour: string): Rgb {
  let made = known.get(colour);
  if (!made) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const c = canvas.getContext("2d", { willReadFrequently: true })!;
    c.fillStyle = colour;
    c.fillRect(0, 0, 1, 1);
    const [r, g, b] = c.getImageData(0, 0, 1, 1).data;
    made = [r!, g!, b!];
    known.set(colour, made);
  }
  return made;
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round(a[i]! * (1 - share) + b[i]! * share)) as Rgb;
}

/** Little-endian RGBA: the order of bytes in image data on every machine that runs a browser. */
export function pack([r, g, b]: Rgb): number {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}
