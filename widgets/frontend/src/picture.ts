// While a widget is alive, the static picture saved beside it would show the same thing twice.
// It is hidden, and shown again when the widget goes.

/** Hides the picture in the output just before `el`'s; returns what shows it again. */
export function hidePicture(el: HTMLElement): () => void {
  let hidden: HTMLElement | null = null;
  let tries = 0;
  let frame = 0;

  const look = () => {
    const output = el.closest<HTMLElement>(".jp-OutputArea-child") ?? el.closest<HTMLElement>(".jp-OutputArea-output");
    const area = output?.closest(".jp-OutputArea");
    if (!output || !area) {
      // a host may attach the element only after it was rendered
      if (tries++ < 120) frame = requestAnimationFrame(look);
      return;
    }
    for (let before = output.previousElementSibling; before; before = before.previousElementSibling) {
      if (before instanceof HTMLElement && before.querySelector("img.assets-picture")) {
        hidden = before;
        hidden.style.display = "none";
        return;
      }
    }
  };
  look();

  return () => {
    cancelAnimationFrame(frame);
    if (hidden) hidden.style.display = "";
    hidden = null;
  };
}
