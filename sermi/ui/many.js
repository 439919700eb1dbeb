// The card "Many files at once": takes that are ticked, and speakers that are typed over. Runs once, before the app is drawn.
(() => {
  const TABLE = "#many-table table";
  const boxes = () => [...document.querySelectorAll(`${TABLE} input[data-take]`)];
  const names = () => [...document.querySelectorAll(`${TABLE} input[data-speaker]`)];
  let run = null;
  let ticked = [];

  // Of three, the first that was ticked gives way.
  document.addEventListener("change", (event) => {
    const box = event.target.closest?.(`${TABLE} input[data-take]`);
    if (!box) return;
    const place = Number(box.dataset.take);
    ticked = box.checked ? [...ticked.filter((one) => one !== place), place].slice(-2) : ticked.filter((one) => one !== place);
    for (const one of boxes()) one.checked = ticked.includes(Number(one.dataset.take));
    document.getElementById("many-compare")?.click();
  });

  const isTyped = (box) => box.value.trim() !== box.defaultValue;
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.(`${TABLE} input[data-speaker]`)) return;
    document.getElementById("many-table").classList.toggle("typed", names().some(isTyped));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.(`${TABLE} input[data-speaker]`)) document.getElementById("many-correct")?.click();
  });

  // A table that is drawn anew shows what was ticked in it; another run's begins with nothing.
  const attend = () => {
    const table = document.querySelector(`${TABLE}:not([data-ticked])`);
    if (!table) return;
    table.dataset.ticked = "yes";
    if (table.dataset.run !== run) ticked = [];
    run = table.dataset.run;
    for (const box of boxes()) box.checked = ticked.includes(Number(box.dataset.take));
    document.getElementById("many-table").classList.remove("typed");
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });

  window.sermi = {
    ...window.sermi,
    ticked: () => ticked,
    speakers: () => Object.fromEntries(names().map((box) => [box.dataset.speaker, box.value])),
  };
})();
