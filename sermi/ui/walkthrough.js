// The tab "Walkthrough": arrow keys, and a link to every step (#walkthrough-3). Runs once, before the app is drawn.
(() => {
  const LINK = /^#walkthrough-(\d+)$/;
  const STEPS = 7;
  const tab = () => [...document.querySelectorAll('button[role="tab"]')].find((one) => one.textContent.trim() === "Walkthrough");
  const open = () => tab()?.getAttribute("aria-selected") === "true";

  const shown = () => document.querySelector("#step-progress [aria-current]")?.getAttribute("href");

  const go = (step) => {
    const box = document.querySelector("#step-number input");
    if (!box) return;
    box.value = step;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Follow the link, asking again until the step is there: a page that is still being drawn doesn't listen yet.
  let wanted = null;
  const follow = () => {
    if (wanted && open() && shown() === `#walkthrough-${wanted}`) wanted = null;
    document.documentElement.classList.toggle("following", wanted !== null);
    if (!wanted) return;
    if (tab() && !open()) tab().click();
    else go(wanted);
    setTimeout(follow, 700);
  };
  const linked = () => {
    const following = wanted;
    const number = LINK.exec(location.hash)?.[1];
    wanted = number === undefined ? null : Math.min(STEPS, Math.max(1, Number(number)));
    // until it is there, the place of a slide shows that it is on its way, and no other slide
    document.documentElement.classList.toggle("following", wanted !== null);
    if (!following) follow();
  };
  window.addEventListener("hashchange", linked);
  linked();

  // Who opens the tab with the mouse turns pages next; its own arrow keys are for those who came with the keyboard.
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest?.('button[role="tab"]');
    if (chosen && chosen === tab() && event.detail > 0) chosen.blur();
  });
  // What is for who speaks is shown when it is asked for, and stays so from slide to slide.
  const notes = () => document.getElementById("step-notes");
  const toggleNotes = () => notes()?.setAttribute("aria-pressed", String(notes().getAttribute("aria-pressed") !== "true"));
  document.addEventListener("click", (event) => event.target.closest?.("#step-notes") && toggleNotes());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=tablist]");
    if (!open() || typing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "n" || event.key === "N") toggleNotes();
    const button = { ArrowRight: "step-next", ArrowLeft: "step-back" }[event.key];
    if (button) document.getElementById(button)?.click();
  });

  const attend = () => {
    document.getElementById("step-progress")?.setAttribute("aria-live", "polite");
    if (notes() && !notes().hasAttribute("aria-pressed")) notes().setAttribute("aria-pressed", "false");
    if (open() && !wanted && shown() && shown() !== location.hash) history.replaceState(null, "", shown());
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });
})();
