// Number boxes and what is shown agree: a box never hands on what it can't hold. Runs once, before the app is drawn.
(() => {
  const good = new WeakMap();
  const slider = (target) =>
    target instanceof HTMLInputElement && target.type === "number" && target.min !== "" && target.max !== "" ? target : null;
  const holds = (box) => box.value !== "" && Number(box.value) >= Number(box.min) && Number(box.value) <= Number(box.max);

  // While somebody types, what is out of range goes no further.
  document.addEventListener("input", (event) => {
    const box = slider(event.target);
    if (box && !holds(box)) event.stopImmediatePropagation();
    else if (box) good.set(box, box.value);
  }, true);
  document.addEventListener("focusin", (event) => {
    const box = slider(event.target);
    if (box && holds(box)) good.set(box, box.value);
  });
  // Then the nearest value that it can hold is in the box, or, where it was emptied, what was there before.
  const settle = (box) => {
    if (!box || holds(box)) return;
    const value = box.value === "" ? (good.get(box) ?? box.min) : Number(box.value) < Number(box.min) ? box.min : box.max;
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const kind of ["change", "focusout"]) document.addEventListener(kind, (event) => settle(slider(event.target)), true);
})();
